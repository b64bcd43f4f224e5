// SPDX-License-Identifier: MIT
/*
 * Has the kernel's driver pci_endpoint_test try everything that it can: BARs, every message of every kind of interrupt, and transfers both ways
 * with each kind. One line for each case.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <linux/pcitest.h>

/* As headers of older kernels have it. */
#ifndef PCITEST_INTX_IRQ
#define PCITEST_INTX_IRQ PCITEST_LEGACY_IRQ
#endif

enum { INTX, MSI, MSIX, KINDS };

static const char *const kinds[KINDS] = { "INTx", "MSI", "MSI-X" };
static const unsigned long sizes[] = { 1, 1024, 1025, 1024000, 1024001 };
static const struct {
	const char *name;
	unsigned long request;
} transfers[] = { { "read", PCITEST_READ }, { "write", PCITEST_WRITE }, { "copy", PCITEST_COPY } };

/* Memory BARs of the card, but for the one of the MSI-X table, whose entries keep no pattern. */
static const int bars[] = { 0, 1, 2, 4 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int failed;

/* The driver answers with 1 where all was well. */
static void report(const char *kind, const char *what, unsigned long which, int answer)
{
	printf("%s %s %lu: %s\n", kind, what, which, answer == 1 ? "ok" : "FAILED");
	failed += answer != 1;
}

int main(void)
{
	const unsigned int messages = 32;
	int card = open("/dev/pci-endpoint-test.0", O_RDWR);

	if (card < 0) {
		perror("/dev/pci-endpoint-test.0");
		return 2;
	}
	for (unsigned int i = 0; i < COUNT(bars); i++)
		report("memory", "BAR", bars[i], ioctl(card, PCITEST_BAR, bars[i]));
	for (int kind = INTX; kind < KINDS; kind++) {
		report(kinds[kind], "interrupts", messages, ioctl(card, PCITEST_SET_IRQTYPE, kind));
		if (kind == INTX)
			report(kinds[kind], "line", 0, ioctl(card, PCITEST_INTX_IRQ, 0));
		for (unsigned int message = 1; kind != INTX && message <= messages; message++)
			report(kinds[kind], "message", message, ioctl(card, kind == MSI ? PCITEST_MSI : PCITEST_MSIX, message));
		for (unsigned int transfer = 0; transfer < COUNT(transfers); transfer++)
			for (unsigned int i = 0; i < COUNT(sizes); i++) {
				struct pci_endpoint_test_xfer_param parameters = { .size = sizes[i] };

				report(kinds[kind], transfers[transfer].name, sizes[i], ioctl(card, transfers[transfer].request, &parameters));
			}
	}
	return failed ? 1 : 0;
}
