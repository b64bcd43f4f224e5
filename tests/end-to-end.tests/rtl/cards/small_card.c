/* A card of rtl_card.h in C: a register, a message and a write for each value that is written to it. -D makes a mistake of it. */
#include "rtl_card.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rtl_card {
    rtl_host host;
    uint64_t cycle;
    uint32_t value, pending, seen;
};

/* -DCRASHES=WHERE has it end the process there, by an access to memory that is not there. */
enum { LOAD = 1, ABI, CREATE, DESTROY, RESET, RUN, BAR_READ, BAR_WRITE, ANSWER, PIN };
#ifndef CRASHES
#define CRASHES 0
#endif
static void in(int where) {
    if (where == CRASHES) *(volatile int *)8 = 1;
}

__attribute__((constructor)) static void load(void) { in(LOAD); }

#ifdef RECURSES
static int recurse(volatile int depth) {
    volatile char stack[1024];
    stack[depth % 1024] = 1;
    return recurse(depth + 1) + stack[0];
}
#endif

/* -DTHREAD_CRASHES=HOW has a thread of its own end the process: there, or in a function of libc's. */
#ifdef THREAD_CRASHES
static void *thread(void *argument) {
    if (THREAD_CRASHES == 1) *(volatile int *)8 = 1;
    if (THREAD_CRASHES == 2) memset((void *)(uintptr_t)16, 1, (size_t)(uintptr_t)argument);
    abort();
    return NULL;
}
#endif

uint32_t rtl_abi(void) {
    in(ABI);
#ifdef WRONG_VERSION
    return RTL_ABI + 1;
#else
    return RTL_ABI;
#endif
}

rtl_card *rtl_create(const rtl_host *host) {
    in(CREATE);
#ifdef NO_CARD
    host->log(host->context, 2, "the licence has expired");
    return NULL;
#endif
    rtl_card *card = calloc(1, sizeof *card);
    card->host = *host;
#ifdef THREAD_CRASHES
    pthread_t started;
    pthread_create(&started, NULL, thread, card);
    pthread_detach(started);
#endif
    return card;
}

void rtl_destroy(rtl_card *card) {
    in(DESTROY);
    free(card);
}

int32_t rtl_reset(rtl_card *card, uint64_t *cycle) {
    in(RESET);
    card->value = card->pending = 0;
    *cycle = card->cycle += 4;
    return RTL_OK;
}

int32_t rtl_run(rtl_card *card, uint64_t *cycle) {
    in(RUN);
#ifdef DIVIDES
    card->value = 100 / *(volatile int *)&card->value;
#endif
#ifdef ILLEGAL
    __builtin_trap();
#endif
#ifdef RECURSES
    card->value = recurse(0);
#endif
#ifdef BESIDE_HEAP
    /* What lies before a piece is libc's own. Wherever the piece comes from, it is this call that libc ends. */
    char *volatile piece = malloc(2000);
    memset(piece - 16, 0xFF, 16);
    free(piece);
#endif
#ifdef EXITS
    exit(0);
#endif
#ifdef ABORTS
    abort();
#endif
#ifdef LOOPS
    for (volatile int i = 1; i;) usleep(1000);
#endif
    if (card->pending) {
        card->pending = 0;
        uint8_t bytes[8192] = {1, 2, 3, 4};
        uint64_t at = card->cycle++;
#if defined TOO_LONG
        card->host.request(card->host.context, at, RTL_WRITE, 0x100000000, bytes, sizeof bytes, 1);
#elif defined MISALIGNED
        card->host.request(card->host.context, at, RTL_WRITE, 0x100000002, bytes, 4, 1);
#elif defined EMPTY_STREAM
        card->host.request(card->host.context, at, RTL_STREAM, 0, bytes, 0, 1);
#elif defined STREAMS
        card->host.request(card->host.context, at, RTL_STREAM, 1, bytes, 4, 1);
#elif defined UNKNOWN_KIND
        card->host.request(card->host.context, at, 9, 0, bytes, 4, 1);
#else
        card->host.request(card->host.context, at, RTL_WRITE, 0x100000000, bytes, 8, 1);
        card->host.request(card->host.context, at, RTL_MESSAGE, 0, NULL, 0, 2);
#endif
        *cycle = card->cycle;
        return RTL_OK;
    }
#ifdef RUNS_AWAY
    *cycle += 1000;
#endif
#ifdef GOES_BACK
    *cycle = 0;
#endif
    card->cycle = *cycle;
#ifdef FAILS
    card->host.log(card->host.context, 2, "the state machine is in no state");
    return RTL_FAILED;
#endif
    return RTL_IDLE;
}

int32_t rtl_bar_read(rtl_card *card, uint32_t bar, uint32_t offset, uint32_t byte_enables, uint32_t *value, uint64_t *cycle) {
    in(BAR_READ);
    *value = offset == 0 ? card->value : offset == 4 ? card->seen : 0;
#ifdef WRITES_BEYOND
    memset(value, 0, 24);
#endif
    *cycle = card->cycle += 2;
    return RTL_OK;
}

#ifndef NO_BAR_WRITE
int32_t rtl_bar_write(rtl_card *card, uint32_t bar, uint32_t offset, uint32_t byte_enables, uint32_t value, uint64_t *cycle) {
    in(BAR_WRITE);
    if (offset == 0) card->value = value, card->pending = 1;
    *cycle = card->cycle += 2;
    return RTL_OK;
}
#endif

int32_t rtl_answer(rtl_card *card, uint32_t tag, uint32_t result, const uint8_t *bytes, uint32_t length) {
    in(ANSWER);
    card->seen = card->seen << 8 | tag << 4 | result;
    return RTL_OK;
}

int32_t rtl_pin(rtl_card *card, const char *name, uint32_t write, uint64_t *value) {
    in(PIN);
    return RTL_NO_SUCH_PIN;
}
