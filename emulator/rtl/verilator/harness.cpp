// The nine functions of rtl_card.h around a verilated module. ports.inc is made from the module's ports by build-card.
#include "harness.hpp"

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <verilated.h>
#if VM_TRACE
#include <verilated_fst_c.h>
#endif
#include RTL_TOP_HEADER
#include RTL_ROOT_HEADER
#include RTL_SYMBOLS_HEADER

namespace {

thread_local const rtl_host *speaking = nullptr;

// What is printed and not yet a line, and the last line: $fatal prints why before it stops.
thread_local std::string said, last;

void say(uint32_t level, const std::string &text) {
    if (speaking) speaking->log(speaking->context, level, text.c_str());
}

}

int rtl_print(const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    said += text;
    // A sentence for each line.
    for (size_t end; (end = said.find('\n')) != std::string::npos; said.erase(0, end + 1)) say(0, last = said.substr(0, end));
    return length;
}

// Instead of the ends of the process that Verilator's own are; and what $display prints is logged.
void vl_finish(const char *file, int line, const char *) VL_MT_UNSAFE {
    throw rtl::Stopped(std::string("$finish at ") + file + ":" + std::to_string(line));
}
void vl_stop(const char *file, int line, const char *) VL_MT_UNSAFE {
    throw rtl::Stopped(std::string("$stop, $fatal or a failed assertion at ") + file + ":" + std::to_string(line)
        + (last.empty() ? "" : ": " + last));
}
void vl_fatal(const char *file, int line, const char *, const char *message) VL_MT_UNSAFE {
    throw rtl::Stopped(std::string(message) + " at " + file + ":" + std::to_string(line));
}

struct rtl_card {
    rtl_host host;
    std::unique_ptr<VerilatedContext> context{new VerilatedContext};
    std::unique_ptr<RTL_TOP> top;
    std::unique_ptr<rtl::Harness<RTL_TOP>> harness;
#if VM_TRACE
    std::unique_ptr<VerilatedFstC> waves;
#endif

    explicit rtl_card(const rtl_host &from) : host(from) {
#if VM_TRACE
        if (host.wave) context->traceEverOn(true);
#else
        if (host.wave) throw rtl::Stopped("there are no waveforms in this library; build it with build-card --wave");
#endif
        top.reset(new RTL_TOP(context.get(), "top"));
        harness.reset(new rtl::Harness<RTL_TOP>(host, *top));
#if RTL_RESTS
        // All instances lie in the table of symbols, by value.
        harness->watch(top->rootp->vlSymsp, sizeof *top->rootp->vlSymsp);
#endif
#if VM_TRACE
        if (!host.wave) return;
        waves.reset(new VerilatedFstC);
        top->trace(waves.get(), 99);
#endif
    }

    // Waveforms begin when the card first runs: one that is in no slot has none, and takes nobody's file.
    void open_waves() {
#if VM_TRACE
        if (!waves || waves->isOpen()) return;
        waves->open(host.wave);
        if (!waves->isOpen()) throw rtl::Stopped(std::string("cannot write waveforms to ") + host.wave);
        harness->sampler = waves.get();
        harness->sample = [](void *to, uint64_t time) { static_cast<VerilatedFstC *>(to)->dump(time); };
#endif
    }

    ~rtl_card() {
        top->final();
#if VM_TRACE
        if (waves) waves->close();
#endif
    }
};

namespace {

struct Pin {
    uint64_t (*get)(RTL_TOP &);
    void (*set)(RTL_TOP &, uint64_t);
};

// Ports of up to 64 bits.
const std::unordered_map<std::string_view, Pin> PINS{
#define RTL_INPUT(pin) {#pin, {[](RTL_TOP &top) -> uint64_t { return top.pin; }, [](RTL_TOP &top, uint64_t value) { top.pin = value; }}},
#define RTL_OUTPUT(pin) {#pin, {[](RTL_TOP &top) -> uint64_t { return top.pin; }, nullptr}},
#include "ports.inc"
};

// What an access that is done returns.
int32_t ended(uint8_t response) { return response == rtl::DECERR ? RTL_UNDECODED : response == rtl::SLVERR ? RTL_REFUSED : RTL_OK; }

// Whatever is thrown ends here.
template <class Body>
int32_t guarded(const rtl_host &host, const Body &body) {
    speaking = &host;
    try {
        return body();
    } catch (const std::exception &e) {
        say(2, e.what());
    } catch (...) {
        say(2, "an exception that is none of the standard library's");
    }
    return RTL_FAILED;
}

}

extern "C" {

uint32_t rtl_abi(void) { return RTL_ABI; }

rtl_card *rtl_create(const rtl_host *host) {
    rtl_card *card = nullptr;
    guarded(*host, [&] { return card = new rtl_card(*host), RTL_OK; });
    return card;
}

void rtl_destroy(rtl_card *card) {
    const rtl_host host = card->host;
    guarded(host, [&] { return delete card, RTL_OK; });
    speaking = nullptr;
}

int32_t rtl_reset(rtl_card *card, uint64_t *cycle) {
    return guarded(card->host, [&] { return card->harness->reset(), *cycle = card->harness->cycle, RTL_OK; });
}

int32_t rtl_run(rtl_card *card, uint64_t *cycle) {
    return guarded(card->host, [&] {
        card->open_waves();
        const bool idle = card->harness->run(*cycle);
        return *cycle = card->harness->cycle, idle ? RTL_IDLE : RTL_OK;
    });
}

int32_t rtl_bar_read(rtl_card *card, uint32_t bar, uint32_t offset, uint32_t byte_enables, uint32_t *value, uint64_t *cycle) {
    return guarded(card->host, [&] {
        const bool done = card->harness->bar_read(bar, offset, byte_enables, *value);
        return *cycle = card->harness->cycle, done ? ended(card->harness->refused) : RTL_UNFINISHED;
    });
}

int32_t rtl_bar_write(rtl_card *card, uint32_t bar, uint32_t offset, uint32_t byte_enables, uint32_t value, uint64_t *cycle) {
    return guarded(card->host, [&] {
        const bool done = card->harness->bar_write(bar, offset, byte_enables, value);
        return *cycle = card->harness->cycle, done ? ended(card->harness->refused) : RTL_UNFINISHED;
    });
}

int32_t rtl_answer(rtl_card *card, uint32_t tag, uint32_t result, const uint8_t *bytes, uint32_t length) {
    return guarded(card->host, [&] { return card->harness->answer(tag, result, bytes, length), RTL_OK; });
}

int32_t rtl_pin(rtl_card *card, const char *name, uint32_t write, uint64_t *value) {
    const auto found = PINS.find(name);
    if (found == PINS.end() || write && !found->second.set) return RTL_NO_SUCH_PIN;
    if (write) {
        card->harness->wake();
        found->second.set(*card->top, *value);
    } else *value = found->second.get(*card->top);
    return RTL_OK;
}

}
