// SPDX-License-Identifier: MIT
/*
 * Reads a card's stream without copying it: maps the cyclic buffer, and writes the payload of each chunk to standard output.
 */
#include <endian.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "pcie_daq_reader.h"

int main(int argc, char **argv)
{
	int card = open(argc > 1 ? argv[1] : "/dev/daq0", O_RDONLY);
	struct pollfd ready = { .fd = card, .events = POLLIN };
	struct daq_window window;
	const char *buffer;

	if (card < 0 || ioctl(card, DAQ_GET_WINDOW, &window)) {
		perror("open");
		return 1;
	}
	buffer = mmap(NULL, (size_t)window.chunks * window.chunk_size, PROT_READ, MAP_SHARED, card, 0);
	if (buffer == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	/* The end of the source wakes nobody: a reader looks for itself. */
	while (poll(&ready, 1, 100) >= 0 && !ioctl(card, DAQ_GET_WINDOW, &window) && !window.ended) {
		for (__u32 i = 0; i < window.available; i++) {
			const struct daq_chunk_header *chunk = (void *)(buffer + (size_t)((window.first + i) % window.chunks) * window.chunk_size);

			fwrite(chunk + 1, 1, le32toh(chunk->length), stdout);
		}
		if (ioctl(card, DAQ_TAKE, window.available))
			break;
	}
	if (fflush(stdout) || !window.ended) {
		perror("daq_map");
		return 1;
	}
	return 0;
}
