/* SPDX-License-Identifier: MIT */
/*
 * What a reader of /dev/daq0 needs to know: chunks as they are read, and the cyclic buffer as it is mapped.
 */
#ifndef PCIE_DAQ_READER_H
#define PCIE_DAQ_READER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define DAQ_CHUNK_MAGIC		0x4b4e4843	/* "CHNK" in memory */

/* The first bytes of every slot; written last, so that a valid magic means a whole chunk. */
struct daq_chunk_header {
	__le32 magic;
	__le32 length;		/* of the payload behind */
	__le64 sequence;	/* of all that the source produced, from 0 */
	__le64 time;		/* ns, of the card */
	__le32 checksum;	/* CRC-32C of the payload */
	__le32 flags;
};

/*
 * The cyclic buffer, which can be mapped to be read: chunk n begins at n % chunks * chunk_size, with its header. From first on, available
 * chunks are the reader's until it takes them.
 */
struct daq_window {
	__u32 first;
	__u32 available;
	__u32 chunks;
	__u32 chunk_size;
	__u32 ended;		/* 1: no chunk comes any more */
};

#define DAQ_GET_WINDOW		_IOR('D', 1, struct daq_window)
#define DAQ_TAKE		_IO('D', 2)	/* the reader is done with so many chunks */

#endif
