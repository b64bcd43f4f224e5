/*
 * A card's logic as a shared library: what `emulator --device rtl:libcard.so` loads. The emulator's PCI function stands for the vendor's hard
 * block: configuration space, decoding of BARs, MSI and MSI-X, errors. The library is the user logic behind it, advanced clock cycle by cycle.
 *
 * Contract
 *
 * - All nine functions are exported with C linkage. One thread at a time calls them for one card; there may be several cards.
 * - No C++ exception, signal or exit of the process leaves a function. What goes wrong is said by rtl_host.log, and RTL_FAILED returned; the card is
 *   not called again then but for rtl_destroy. A crash ends the emulator, which says in which function it was.
 * - A function returns soon: the emulator ends the process if one takes longer than the card's `watchdog` allows.
 * - The library writes nothing but what pointers are given for, and no further than their lengths. The emulator surrounds its buffers with guard
 *   bytes and looks at them after each call.
 * - Time is counted in clock cycles since rtl_create; cycle n begins n * clock_ps picoseconds after the run did. Equal calls lead to equal requests.
 * - What the card asks of the bus it asks by rtl_host.request, from within rtl_run, rtl_bar_read, rtl_bar_write or rtl_reset. A request is answered
 *   later, by rtl_answer, never from within request.
 * - rtl_run returns at the end of a cycle in which something was asked, so that the answer can be there in the next one.
 */
#ifndef RTL_CARD_H
#define RTL_CARD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a library of before could not be used any more. */
#define RTL_ABI 1u

/* What functions return. */
enum {
    RTL_OK = 0, RTL_IDLE = 1, RTL_UNFINISHED = 2, RTL_FAILED = -1, RTL_NO_SUCH_PIN = -2,
    RTL_REFUSED = 3,   /* of an access to a BAR: a slave error (SLVERR); a read's completion is a completer abort */
    RTL_UNDECODED = 4  /* likewise: nobody is at that address (DECERR); the completion is an unsupported request */
};

/* Kinds of request. */
enum {
    RTL_WRITE = 0,   /* posted write of host memory: address, length and bytes */
    RTL_READ = 1,    /* read of host memory: address and length */
    RTL_MESSAGE = 2, /* MSI or MSI-X message; its number is the address */
    RTL_STREAM = 3   /* part of a packet for the emulator's DMA core: length and bytes; address 1 if the packet ends here, else 0. Answered when it
                        has been taken; the next part may be asked for then. For cards whose configuration says `stream = true` */
};

/* How a request ended. Of a message: SENT, PENDING (masked; sent once when unmasked), COLLAPSED (masked, and pending already), LOST. */
enum {
    RTL_DONE = 0,
    RTL_UNSUPPORTED = 1,   /* nobody decodes the address */
    RTL_ABORTED = 2,       /* completer abort, or no answer in time */
    RTL_NOT_MASTER = 3,    /* Bus Master Enable is off: not sent */
    RTL_SENT = 4, RTL_PENDING = 5, RTL_COLLAPSED = 6, RTL_LOST = 7
};

/* A length of a request is 4 to RTL_LONGEST, a multiple of 4; so is its address. A write may be RTL_LONGEST, a read may not cross 4 KiB. Of a stream
   it is 1 to RTL_LONGEST, or 0 where a packet ends. */
#define RTL_LONGEST 4096u

typedef struct rtl_card rtl_card;

typedef struct rtl_host {
    uint32_t size;        /* of this structure; a later emulator may have a longer one */
    uint32_t reserved;
    uint64_t clock_ps;    /* period of the clock */
    const char *wave;     /* file that waveforms go to; NULL for none */
    void *context;        /* given back to the functions below */

    /* The card asks for something in a cycle. tag is given back by rtl_answer; the bytes are valid during the call only. */
    void (*request)(void *context, uint64_t cycle, uint32_t kind, uint64_t address, const uint8_t *bytes, uint32_t length, uint32_t tag);

    /* A sentence for a person, ended by 0: what went wrong, or what the simulation prints. level: 0 information, 1 warning, 2 error. */
    void (*log)(void *context, uint32_t level, const char *text);
} rtl_host;

/* RTL_ABI of the header that the library was compiled with. */
uint32_t rtl_abi(void);

/* A card as after power-on, at cycle 0. NULL if there can be none: rtl_host.log has said why. The structure is copied. */
rtl_card *rtl_create(const rtl_host *host);

void rtl_destroy(rtl_card *card);

/* A reset, some cycles long: registers and engines, and requests that were not answered. No answer of before comes any more. */
int32_t rtl_reset(rtl_card *card, uint64_t *cycle);

/*
 * Runs until a cycle, or to the end of an earlier one in which something was asked. cycle: in, where to stop; out, the next cycle to run. RTL_IDLE
 * promises that nothing changes any more until another function is called: the emulator then calls rtl_run once, just before that, and may leave out
 * days. A card that cannot tell returns RTL_OK.
 */
int32_t rtl_run(rtl_card *card, uint64_t *cycle);

/*
 * A read of a DW of a BAR; what is not enabled may be anything. Takes cycles; cycle: out, the next one to run. RTL_UNFINISHED after a cycle in which
 * something was asked: the same call comes again, and goes on, when what can be answered at once has been. RTL_REFUSED or RTL_UNDECODED: the host reads
 * all ones.
 */
int32_t rtl_bar_read(rtl_card *card, uint32_t bar, uint32_t offset, uint32_t byte_enables, uint32_t *value, uint64_t *cycle);

/* A write, likewise. */
int32_t rtl_bar_write(rtl_card *card, uint32_t bar, uint32_t offset, uint32_t byte_enables, uint32_t value, uint64_t *cycle);

/* The end of a request: for a read that is DONE with as many bytes as it asked for, else with none. */
int32_t rtl_answer(rtl_card *card, uint32_t tag, uint32_t result, const uint8_t *bytes, uint32_t length);

/* Sets a pin of that name (write 1), from the next cycle on, or looks at one (write 0), as of the last. RTL_NO_SUCH_PIN if there is none. */
int32_t rtl_pin(rtl_card *card, const char *name, uint32_t write, uint64_t *value);

#ifdef __cplusplus
}
#endif

#endif
