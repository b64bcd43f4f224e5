// The floor of an RTL card: the ticker as Verilator leaves it, clocked by a loop and nothing else. Prints nanoseconds a cycle.
#include "Vticker.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

int rtl_print(const char *, ...) { return 0; }
void vl_finish(const char *, int, const char *) VL_MT_UNSAFE { std::abort(); }
void vl_stop(const char *, int, const char *) VL_MT_UNSAFE { std::abort(); }
void vl_fatal(const char *, int, const char *, const char *) VL_MT_UNSAFE { std::abort(); }

int main(int, char **arguments) {
    Vticker top;
    const auto tick = [&] { top.clk = 0, top.eval(), top.clk = 1, top.eval(); };
    top.rst = 1;
    for (int i = 0; i < 8; i++) tick();
    top.rst = 0;
    // A limit that is never reached: the card counts.
    top.s_axil_awaddr = 8, top.s_axil_wdata = ~0u, top.s_axil_wstrb = 15, top.s_axil_awvalid = top.s_axil_wvalid = top.s_axil_bready = 1;
    tick();
    top.s_axil_awvalid = top.s_axil_wvalid = 0;
    const long cycles = std::atol(arguments[1]);
    const auto began = std::chrono::steady_clock::now();
    for (long i = 0; i < cycles; i++) tick();
    std::printf("%f\n", std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began).count() / cycles);
}

#include "all.inc"
