/* SPDX-License-Identifier: MIT */
/*
 * The card's registers as the driver knows them; docs/registers.md is the data sheet.
 */
#ifndef PCIE_DAQ_REGS_H
#define PCIE_DAQ_REGS_H

#include "pcie_daq_reader.h"

#define PCIE_DAQ_VENDOR		0xfda0
#define PCIE_DAQ_DEVICE		0xda01

#define DAQ_ID			0x000
#define DAQ_ID_VALUE		0x44415131	/* "DAQ1" */
#define DAQ_INT_CAUSE		0x020
#define DAQ_INT_ENABLE		0x024
#define DAQ_INT_ROUTING		0x028
#define DAQ_INT_POLICY		0x02c
#define DAQ_INT_REARM		0x030
#define DAQ_DMA_CONTROL		0x100
#define   DAQ_DMA_ENABLE	BIT(0)
#define   DAQ_DMA_MODE_SHIFT	1
#define   DAQ_DMA_WHEN_FULL_SHIFT 3
#define DAQ_DMA_STATUS		0x104
#define   DAQ_DMA_BUSY		BIT(0)
#define   DAQ_DMA_HOLDING	BIT(1)
#define   DAQ_SOURCE_ENDED	BIT(2)
#define DAQ_DMA_BASE_LO		0x108
#define DAQ_DMA_BASE_HI		0x10c
#define DAQ_DMA_SLOT_SIZE	0x110
#define DAQ_DMA_SLOT_COUNT	0x114
#define DAQ_DMA_HEAD		0x118
#define DAQ_DMA_TAIL		0x11c
#define DAQ_MAX_SLOTS		0x128
#define DAQ_SOURCE_CONTROL	0x140
#define   DAQ_SOURCE_RUN	BIT(0)
#define DAQ_CHUNK_SIZE		0x144
#define DAQ_CHUNKS_PRODUCED	0x180
#define DAQ_CHUNKS_WRITTEN	0x188
#define DAQ_CHUNKS_DROPPED	0x198

/* Causes, as INT_CAUSE and INT_ENABLE have them; cause n is on vector n while INT_ROUTING says per cause. */
#define DAQ_DATA_READY		BIT(0)
#define DAQ_OVERRUN		BIT(1)
#define DAQ_DMA_ERROR		BIT(2)
#define DAQ_FIFO_OVERFLOW	BIT(3)
#define DAQ_LINK_ERROR		BIT(4)
#define DAQ_TEST		BIT(5)
#define DAQ_CAUSES		6
#define DAQ_ALL			GENMASK(DAQ_CAUSES - 1, 0)

#endif
