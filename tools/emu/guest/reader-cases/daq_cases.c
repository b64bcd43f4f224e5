// SPDX-License-Identifier: MIT
/*
 * What the driver of the data-acquisition card says to a reader: what is not right is refused, and costs no chunk; who waits is woken; who comes
 * to the end, or has a card that goes away, is told. One line for each case that failed.
 *
 *   daq_cases DEVICE CHUNKS COUNTER    reads a stream of so many to its end; COUNTER is the file of what the card has produced
 *   daq_cases DEVICE                   waits until the card is gone
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pcie_daq_reader.h"

enum { PATIENCE_S = 30, CHUNK = 4096, WHOLE = CHUNK + sizeof(struct daq_chunk_header), WAITS = 20 };

static char *volatile nowhere = (char *)8;
static int failed;
static __u64 next_sequence;
static char buffer[4 * WHOLE];

static void expect(const char *what, int holds)
{
	if (holds)
		return;
	printf("FAILED: %s (errno %d)\n", what, errno);
	failed = 1;
}

static void refuses(const char *what, long answer, int error)
{
	expect(what, answer == -1 && errno == error);
}

/* Chunks one behind the other, each the next of the source's. */
static void take(ssize_t length)
{
	for (ssize_t at = 0; at < length;) {
		const struct daq_chunk_header *chunk = (void *)(buffer + at);

		expect("a chunk begins with its magic", le32toh(chunk->magic) == DAQ_CHUNK_MAGIC);
		expect("chunks come one after the other", le64toh(chunk->sequence) == next_sequence);
		next_sequence = le64toh(chunk->sequence) + 1;
		at += sizeof(*chunk) + le32toh(chunk->length);
		expect("a read ends behind a chunk", at <= length);
		if (failed)
			exit(1);
	}
}

/* Without an end: a poll that has one looks again by itself, whoever woke it. */
static int wait_for(int card, short events)
{
	struct pollfd ready = { .fd = card, .events = events };

	return poll(&ready, 1, -1) == 1 ? ready.revents : 0;
}

static long number(const char *path)
{
	char text[32] = "";
	int file = open(path, O_RDONLY);

	expect("the counter can be read", file >= 0 && read(file, text, sizeof(text) - 1) > 0);
	close(file);
	return atol(text);
}

static void bad_reads(int card)
{
	expect("a chunk comes", wait_for(card, POLLIN) & POLLIN);
	refuses("a read of less than a chunk", read(card, buffer, WHOLE - 1), EINVAL);
	refuses("a read to nowhere", read(card, nowhere, WHOLE), EFAULT);
	/* Nothing was lost by that. */
	take(read(card, buffer, WHOLE));
	expect("a chunk comes again", wait_for(card, POLLIN) & POLLIN);
	expect("a read of less than two chunks is one", read(card, buffer, 2 * WHOLE - 1) == WHOLE);
	take(WHOLE);
}

static void bad_requests(int card)
{
	struct daq_window window;

	refuses("a request that there is not", ioctl(card, _IO('D', 99)), ENOTTY);
	refuses("a window to nowhere", ioctl(card, DAQ_GET_WINDOW, nowhere), EFAULT);
	expect("a window", !ioctl(card, DAQ_GET_WINDOW, &window) && window.chunk_size >= WHOLE && !(window.chunks & (window.chunks - 1)));
	refuses("more than there is", ioctl(card, DAQ_TAKE, window.chunks + 1ul), EINVAL);
	refuses("more than 32 bits have", ioctl(card, DAQ_TAKE, 1ul << 32), EINVAL);
}

static void bad_mappings(int card)
{
	struct daq_window window;
	size_t page = sysconf(_SC_PAGESIZE), most;
	char *mapped;

	ioctl(card, DAQ_GET_WINDOW, &window);
	/* One chunk more than the reader knows of, for one that finds no place. */
	most = ((size_t)(window.chunks + 1) * window.chunk_size + page - 1) / page * page;
	refuses("a mapping to be written", (long)mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, card, 0), EPERM);
	refuses("a mapping beyond the end", (long)mmap(NULL, most + page, PROT_READ, MAP_SHARED, card, 0), EINVAL);
	refuses("a mapping from the end on", (long)mmap(NULL, page, PROT_READ, MAP_SHARED, card, most), EINVAL);
	mapped = mmap(NULL, most, PROT_READ, MAP_SHARED, card, 0);
	expect("a mapping of everything", mapped != MAP_FAILED);
	refuses("to write to it after all", mprotect(mapped, page, PROT_READ | PROT_WRITE), EACCES);
	munmap(mapped, most);
}

/* The source runs as long as anybody has the device open. */
static int reopen(int card, const char *device, const char *counter)
{
	int other = open(device, O_RDWR | O_NONBLOCK);
	long produced;

	close(card);
	produced = number(counter);
	expect("it goes on while one has it open", wait_for(other, POLLIN) & POLLIN);
	while (number(counter) == produced)
		usleep(10000);
	close(other);
	produced = number(counter);
	usleep(100000);
	expect("the source stands still when nobody has it open", number(counter) == produced);
	return open(device, O_RDWR | O_NONBLOCK);
}

static void stream(const char *device, __u64 chunks, const char *counter)
{
	int card = open(device, O_RDWR), waits = 0;
	struct pollfd ready = { .events = POLLIN };
	struct daq_window window;

	expect("it can be opened", card >= 0);
	bad_reads(card);
	bad_requests(card);
	bad_mappings(card);
	ready.fd = card = reopen(card, device, counter);
	while (!failed && next_sequence < chunks) {
		ssize_t length = read(card, buffer, sizeof(buffer));

		if (length > 0) {
			take(length);
			continue;
		}
		refuses("a read of nothing by who does not wait", length, EAGAIN);
		expect("who waits is woken by a chunk", wait_for(card, POLLIN) == POLLIN);
		waits++;
	}
	expect("there was something to wait for", waits >= WAITS);
	/* Which wakes nobody. */
	while (poll(&ready, 1, 10) == 0)
		;
	expect("the end can be read", ready.revents == POLLIN && read(card, buffer, sizeof(buffer)) == 0);
	expect("the window says so", !ioctl(card, DAQ_GET_WINDOW, &window) && window.ended && !window.available);
	printf("cases: %llu chunks, and waited %d times\n", next_sequence, waits);
}

static void gone(const char *device)
{
	int card = open(device, O_RDONLY | O_NONBLOCK);
	struct daq_window window;
	ssize_t length;
	int answer;

	expect("it can be opened", card >= 0);
	/* Whatever else he waits for. */
	expect("who waits is told that the card is gone", wait_for(card, 0) == (POLLHUP | POLLERR));
	/* What a DPC has still copied is the reader's. */
	do {
		length = read(card, buffer, sizeof(buffer));
		if (length < 0)
			refuses("a read of a card that is gone", length, ENODEV);
		answer = ioctl(card, DAQ_GET_WINDOW, &window);
	} while (length > 0 || (!answer && window.available));
	refuses("a window of a card that is gone", answer, ENODEV);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(PATIENCE_S);
	if (argc > 3)
		stream(argv[1], strtoull(argv[2], NULL, 10), argv[3]);
	else if (argc > 1)
		gone(argv[1]);
	return failed;
}
