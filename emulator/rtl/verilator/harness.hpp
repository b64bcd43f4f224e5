// A verilated top module as a card of rtl_card.h. Stands for the vendor's block around user logic: masters its AXI-Lite registers, serves its AXI4
// master, takes its stream and its interrupts. Which of the ports the module has is found out when this is compiled.
#ifndef RTL_HARNESS_HPP
#define RTL_HARNESS_HPP

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
#include "rtl_card.h"
#pragma GCC visibility pop

namespace rtl {

// What $stop, $finish, $fatal and failed assertions become, instead of the end of the process.
struct Stopped : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class Port>
void load(Port &port, const uint8_t *bytes, size_t n) {
    std::memcpy(&port, bytes, n < sizeof port ? n : sizeof port);
}

template <class Port>
void store(const Port &port, uint8_t *bytes, size_t n) {
    std::memcpy(bytes, &port, n < sizeof port ? n : sizeof port);
}

// A handshake of AXI-Lite that takes longer than this is none.
constexpr int LONGEST_HANDSHAKE = 10000;
constexpr int RESET_CYCLES = 8;
constexpr uint8_t OKAY = 0, SLVERR = 2, DECERR = 3;
// AXI4, A3.4.1: awburst, arburst.
constexpr uint8_t INCREMENTING = 1;

inline uint8_t response(uint32_t result) { return result == RTL_DONE ? OKAY : result == RTL_UNSUPPORTED ? DECERR : SLVERR; }

template <class Top>
class Harness {
public:
    Harness(const rtl_host &host, Top &top) : host(host), top(top) {
        quiet();
        level(false);
    }

    uint64_t cycle = 0;

    // How the access that was done last ended: a response of AXI.
    uint8_t refused = OKAY;

    // Set by the owner, which knows whether there are waveforms.
    void (*sample)(void *, uint64_t time) = nullptr;
    void *sampler = nullptr;

    void reset() {
        wake();
        writes.clear();
        reads.clear();
        collected.clear();
        packet.clear();
        wanted.clear();
        generation = (generation + 1) & 0xFF;
        spoke = asking = accessing = streaming = false;
        quiet();
        drive_reset(true);
        for (int i = 0; i < RESET_CYCLES; i++) tick();
        drive_reset(false);
        tick();
        spoke = false;
    }

    // Whether nothing changes any more until something comes from outside.
    bool run(uint64_t until) {
        spoke = false;
        while (cycle < until && !spoke) {
            if (idle) {
                cycle = until;
                break;
            }
            if (quiet_for < next_look || !state.size()) tick();
            else look_for_rest();
        }
        return idle;
    }

    // Something comes from outside.
    void wake() { idle = false, quiet_for = 0, next_look = first_look; }

    // What the module's state lies in, to see when it rests; without it every cycle is run.
    void watch(const void *bytes, size_t n) {
        watched = static_cast<const uint8_t *>(bytes);
        state.resize(n);
        // The larger the state, the longer a look takes.
        first_look = std::max<uint64_t>(16, n / 512);
        wake();
    }

    // Whether it is done; if something was asked meanwhile, it goes on when called again.
    bool bar_read(uint32_t bar, uint32_t offset, uint32_t enables, uint32_t &value) {
        // A read of no byte is a flush: it comes when everything before it has arrived, and reads nothing.
        value = 0;
        refused = OKAY;
        if (enables == 0) return true;
        if constexpr (requires { top.s_axil_araddr; }) {
            if (begin_access(bar)) {
                top.s_axil_araddr = offset;
                top.s_axil_arvalid = 1;
                top.s_axil_rready = 1;
            }
            while (access_cycles++ < LONGEST_HANDSHAKE) {
                const Seen seen = tick();
                if (seen & BAR_AR) top.s_axil_arvalid = 0;
                if (seen & BAR_R) {
                    top.s_axil_rready = 0;
                    accessing = false;
                    value = bar_value;
                    refused = bar_response;
                    return true;
                }
                if (spoke) return false;
            }
            throw Stopped("a read of AXI-Lite was not answered in " + std::to_string(LONGEST_HANDSHAKE)
                + " cycles: s_axil_arready or s_axil_rvalid did not come");
        }
        return true;
    }

    bool bar_write(uint32_t bar, uint32_t offset, uint32_t enables, uint32_t value) {
        refused = OKAY;
        if (enables == 0) return true;
        if constexpr (requires { top.s_axil_awaddr; }) {
            if (begin_access(bar)) {
                top.s_axil_awaddr = offset;
                top.s_axil_awvalid = 1;
                top.s_axil_wdata = value;
                if constexpr (requires { top.s_axil_wstrb; }) top.s_axil_wstrb = enables;
                top.s_axil_wvalid = 1;
                top.s_axil_bready = 1;
            }
            while (access_cycles++ < LONGEST_HANDSHAKE) {
                const Seen seen = tick();
                if (seen & BAR_AW) top.s_axil_awvalid = 0;
                if (seen & BAR_W) top.s_axil_wvalid = 0;
                if (seen & BAR_B) {
                    top.s_axil_bready = 0;
                    accessing = false;
                    refused = bar_response;
                    return true;
                }
                if (spoke) return false;
            }
            throw Stopped("a write of AXI-Lite was not answered in " + std::to_string(LONGEST_HANDSHAKE)
                + " cycles: s_axil_awready, s_axil_wready or s_axil_bvalid did not come");
        }
        return true;
    }

    void answer(uint32_t tag, uint32_t result, const uint8_t *bytes, uint32_t n) {
        wake();
        // Of before a reset.
        if (tag >> 24 != generation) return;
        const uint32_t kind = tag >> 16 & 0xFF, number = tag & 0xFFFF;
        if (kind == RTL_WRITE) {
            for (auto *bursts : {&writes, &wanted})
                for (auto &write : *bursts)
                    if (write.number == number) write.left--, write.result = result == RTL_DONE ? write.result : result;
        } else if (kind == RTL_READ) {
            for (auto &read : reads)
                if (read.number == number && !read.answered) {
                    read.answered = true, read.result = result;
                    if (result == RTL_DONE) read.bytes.assign(bytes, bytes + n);
                    else read.bytes.assign(read.length, 0);
                    break;
                }
        } else if (kind == RTL_STREAM) {
            streaming = false;
        } else {
            outcome = result, has_outcome = true, outcome_of = number;
        }
    }

private:
    struct Write { uint32_t number; uint64_t address; uint32_t left; uint32_t result; bool whole; uint32_t id; };
    struct Read {
        uint32_t number; uint64_t address; uint32_t length; bool answered; uint32_t result; std::vector<uint8_t> bytes; uint32_t sent, beat, id;
    };

    rtl_host host;
    Top &top;
    const uint8_t *watched = nullptr;
    std::vector<uint8_t> state;
    bool idle = false;
    uint64_t quiet_for = 0, first_look = 16, next_look = 16;
    std::deque<Write> writes, wanted;
    std::deque<Read> reads;
    std::vector<uint8_t> collected, packet;
    uint32_t generation = 0, numbers = 0, outcome = 0, outcome_of = 0, bar_value = 0;
    bool spoke = false, has_outcome = false, asking = false, accessing = false, streaming = false;
    int access_cycles = 0;
    uint8_t bar_response = OKAY;
    uint64_t pulses = 0, start = 0;

    // Whether an access begins, and does not go on.
    bool begin_access(uint32_t bar) {
        wake();
        spoke = false;
        if (accessing) return false;
        if constexpr (requires { top.s_axil_bar; }) top.s_axil_bar = bar;
        accessing = true;
        access_cycles = 0;
        return true;
    }

    uint32_t tag(uint32_t kind, uint32_t number) const { return generation << 24 | kind << 16 | (number & 0xFFFF); }

    void ask(uint32_t kind, uint64_t address, const uint8_t *bytes, uint32_t n, uint32_t number) {
        spoke = true;
        host.request(host.context, cycle, kind, address, bytes, n, tag(kind, number));
    }

    // A cycle that leaves every bit of the state as it was, inputs included, is followed by others like it. To look costs, so that it is done less and
    // less often while it finds something.
    void look_for_rest() {
        std::memcpy(state.data(), watched, state.size());
        const uint64_t before = quiet_for;
        tick();
        idle = quiet_for > before && !std::memcmp(state.data(), watched, state.size());
        next_look = quiet_for + std::min<uint64_t>(next_look, 256 * first_look);
    }

    void drive_reset(bool on) {
        if constexpr (requires { top.rst; }) top.rst = on;
        if constexpr (requires { top.rst_n; }) top.rst_n = !on;
        if constexpr (requires { top.aresetn; }) top.aresetn = !on;
    }

    void quiet() {
        if constexpr (requires { top.s_axil_arvalid; }) top.s_axil_arvalid = 0, top.s_axil_rready = 0;
        if constexpr (requires { top.s_axil_awvalid; }) top.s_axil_awvalid = 0, top.s_axil_wvalid = 0, top.s_axil_bready = 0;
        if constexpr (requires { top.m_axi_awaddr; }) top.m_axi_awready = 0, top.m_axi_wready = 0, top.m_axi_bvalid = 0;
        if constexpr (requires { top.m_axi_araddr; }) top.m_axi_arready = 0, top.m_axi_rvalid = 0;
        if constexpr (requires { top.m_axis_tdata; }) top.m_axis_tready = 0;
        if constexpr (requires { top.irq_ack; }) top.irq_ack = 0;
        if constexpr (requires { top.msg_ready; }) top.msg_ready = 0;
        // To a slave of AXI4 each access is a burst of one beat, of a DW.
        if constexpr (requires { top.s_axil_wlast; }) top.s_axil_wlast = 1;
        if constexpr (requires { top.s_axil_awsize; }) top.s_axil_awsize = 2;
        if constexpr (requires { top.s_axil_arsize; }) top.s_axil_arsize = 2;
        if constexpr (requires { top.s_axil_awburst; }) top.s_axil_awburst = INCREMENTING;
        if constexpr (requires { top.s_axil_arburst; }) top.s_axil_arburst = INCREMENTING;
        has_outcome = false;
        pulses = 0;
    }

    // The handshakes of a cycle, a bit for each.
    using Seen = uint32_t;
    static constexpr Seen AW = 1, W = 2, B = 4, AR = 8, R = 16, MESSAGE = 32, BAR_AR = 64, BAR_R = 128, BAR_AW = 256, BAR_W = 512, BAR_B = 1024, STREAM = 2048;

    void level(bool high) {
        if constexpr (requires { top.clk; }) top.clk = high;
        else if constexpr (requires { top.aclk; }) top.aclk = high;
        else static_assert(sizeof(Top) == 0, "the top module has no input clk or aclk");
        top.eval();
    }

    // One clock cycle: inputs change while the clock is low, and what the module shows before the rising edge is what the edge takes.
    Seen tick() {
        offer();
        level(false);
        if (sample && cycle > 0) sample(sampler, cycle * host.clock_ps - host.clock_ps / 2);
        const Seen seen = look();
        level(true);
        if (sample) sample(sampler, cycle * host.clock_ps);
        take(seen);
        cycle++;
        quiet_for = seen != 0 || spoke ? 0 : quiet_for + 1;
        if (quiet_for == 0) next_look = first_look;
        return seen;
    }

    // The block's side of each handshake in this cycle.
    void offer() {
        if constexpr (requires { top.m_axi_awaddr; }) {
            top.m_axi_awready = wanted.size() < 4;
            top.m_axi_wready = !wanted.empty();
            const bool done = !writes.empty() && writes.front().whole && writes.front().left == 0;
            top.m_axi_bvalid = done;
            if (done) {
                top.m_axi_bresp = response(writes.front().result);
                if constexpr (requires { top.m_axi_buser; }) top.m_axi_buser = writes.front().result;
                if constexpr (requires { top.m_axi_bid; }) top.m_axi_bid = writes.front().id;
            }
        }
        if constexpr (requires { top.m_axi_araddr; }) {
            top.m_axi_arready = reads.size() < 16;
            const bool ready = !reads.empty() && reads.front().answered;
            top.m_axi_rvalid = ready;
            if (ready) {
                auto &read = reads.front();
                // A beat that is narrower than the bus stands in the lanes of its address.
                uint8_t lanes[sizeof top.m_axi_rdata] = {};
                const size_t lane = read.beat == sizeof lanes ? 0 : (read.address + read.sent) % sizeof lanes;
                std::memcpy(lanes + lane, read.bytes.data() + read.sent, std::min<size_t>(read.beat, read.length - read.sent));
                load(top.m_axi_rdata, lanes, sizeof lanes);
                top.m_axi_rresp = response(read.result);
                if constexpr (requires { top.m_axi_ruser; }) top.m_axi_ruser = read.result;
                if constexpr (requires { top.m_axi_rid; }) top.m_axi_rid = read.id;
                top.m_axi_rlast = read.sent + read.beat >= read.length;
            }
        }
        if constexpr (requires { top.m_axis_tdata; }) top.m_axis_tready = !streaming;
        if constexpr (requires { top.msg_valid; }) {
            // The outcome comes with the acceptance, in the cycle after the message was asked for or later.
            top.msg_ready = has_outcome;
            if constexpr (requires { top.msg_outcome; }) top.msg_outcome = has_outcome ? outcome - RTL_SENT : 0;
        }
        if constexpr (requires { top.irq_ack; }) {
            top.irq_ack = has_outcome ? uint64_t{1} << outcome_of : 0;
            has_outcome = false;
        }
    }

    Seen look() {
        Seen seen = 0;
        if constexpr (requires { top.s_axil_araddr; }) {
            if (top.s_axil_arvalid && top.s_axil_arready) seen |= BAR_AR;
            if (top.s_axil_rvalid && top.s_axil_rready) seen |= BAR_R;
            if (seen & BAR_R) {
                bar_value = top.s_axil_rdata;
                bar_response = OKAY;
                if constexpr (requires { top.s_axil_rresp; }) bar_response = top.s_axil_rresp;
            }
        }
        if constexpr (requires { top.s_axil_awaddr; }) {
            if (top.s_axil_awvalid && top.s_axil_awready) seen |= BAR_AW;
            if (top.s_axil_wvalid && top.s_axil_wready) seen |= BAR_W;
            if (top.s_axil_bvalid && top.s_axil_bready) {
                seen |= BAR_B;
                bar_response = OKAY;
                if constexpr (requires { top.s_axil_bresp; }) bar_response = top.s_axil_bresp;
            }
        }
        if constexpr (requires { top.m_axi_awaddr; }) {
            if (top.m_axi_awvalid && top.m_axi_awready) seen |= AW;
            if (top.m_axi_wvalid && top.m_axi_wready) seen |= W;
            if (top.m_axi_bvalid && top.m_axi_bready) seen |= B;
            if (seen & AW) {
                uint32_t id = 0;
                if constexpr (requires { top.m_axi_awid; }) id = top.m_axi_awid;
                wanted.push_back({numbers++ & 0xFFFF, top.m_axi_awaddr, 0, RTL_DONE, false, id});
            }
            if (seen & W) take_data();
        }
        if constexpr (requires { top.m_axi_araddr; }) {
            if (top.m_axi_arvalid && top.m_axi_arready) seen |= AR;
            if (top.m_axi_rvalid && top.m_axi_rready) seen |= R;
            if (seen & AR) {
                uint32_t beat = sizeof top.m_axi_rdata;
                if constexpr (requires { top.m_axi_arsize; }) beat = 1u << top.m_axi_arsize;
                const uint32_t length = (uint32_t(top.m_axi_arlen) + 1) * beat;
                uint32_t id = 0;
                if constexpr (requires { top.m_axi_arid; }) id = top.m_axi_arid;
                reads.push_back({numbers & 0xFFFF, top.m_axi_araddr, length, false, RTL_DONE, {}, 0, beat, id});
                ask(RTL_READ, top.m_axi_araddr, nullptr, length, numbers++);
            }
        }
        if constexpr (requires { top.m_axis_tdata; }) {
            if (top.m_axis_tvalid && top.m_axis_tready) seen |= STREAM, take_beat();
            // A stream without packets goes on with each pause.
            else if constexpr (!requires { top.m_axis_tlast; })
                if (!packet.empty() && !streaming) stream(false);
        }
        if constexpr (requires { top.msg_valid; }) {
            if (top.msg_valid && !has_outcome && !asking) {
                asking = true;
                ask(RTL_MESSAGE, top.msg_vector, nullptr, 0, 0);
            }
            if (top.msg_valid && top.msg_ready) seen |= MESSAGE;
        }
        if constexpr (requires { top.irq; }) {
            // A pulse of any length is one message.
            const uint64_t now = top.irq;
            for (uint64_t fresh = now & ~pulses; fresh != 0; fresh &= fresh - 1) {
                const uint32_t n = __builtin_ctzll(fresh);
                ask(RTL_MESSAGE, n, nullptr, 0, n);
            }
            pulses = now;
        }
        if constexpr (requires { top.irq_req; }) {
            // Held until acknowledged; the next request begins when it has been low.
            const uint64_t now = top.irq_req;
            for (uint64_t fresh = now & ~pulses; fresh != 0; fresh &= fresh - 1) {
                const uint32_t n = __builtin_ctzll(fresh);
                ask(RTL_MESSAGE, n, nullptr, 0, n);
            }
            pulses = now;
        }
        return seen;
    }

    void take(const Seen &seen) {
        if constexpr (requires { top.m_axi_awaddr; }) {
            if (seen & B) writes.pop_front();
        }
        if constexpr (requires { top.m_axi_araddr; }) {
            if (seen & R) {
                auto &read = reads.front();
                read.sent += read.beat;
                if (read.sent >= read.length) reads.pop_front();
            }
        }
        if (seen & MESSAGE) has_outcome = asking = false;
    }

    // A beat of write data. Of what its strobes leave out nothing is written: each run of bytes is a write of its own.
    void take_data() {
        if constexpr (requires { top.m_axi_wdata; }) {
            constexpr uint32_t width = sizeof top.m_axi_wdata;
            auto &burst = wanted.front();
            uint8_t beat[width];
            store(top.m_axi_wdata, beat, width);
            uint64_t strobes = ~uint64_t{0} >> (64 - width);
            if constexpr (requires { top.m_axi_wstrb; }) strobes = top.m_axi_wstrb;
            const uint64_t base = burst.address & ~uint64_t{width - 1};
            for (uint32_t dw = 0; dw < width / 4; dw++) {
                const uint32_t enables = strobes >> dw * 4 & 0xF;
                if (base + dw * 4 < burst.address || enables == 0) {
                    flush(burst);
                    continue;
                }
                if (enables != 0xF)
                    throw Stopped("m_axi_wstrb enables part of a DW; the bus takes whole DWs");
                if (collected.empty()) start = base + dw * 4;
                collected.insert(collected.end(), beat + dw * 4, beat + dw * 4 + 4);
                if (collected.size() == RTL_LONGEST) flush(burst);
            }
            burst.address = base + width;
            if (!top.m_axi_wlast) return;
            flush(burst);
            burst.whole = true;
            writes.push_back(burst);
            wanted.pop_front();
        }
    }

    // A beat of the stream, without the bytes that it leaves out.
    void take_beat() {
        if constexpr (requires { top.m_axis_tdata; }) {
            constexpr uint32_t width = sizeof top.m_axis_tdata;
            uint8_t beat[width];
            store(top.m_axis_tdata, beat, width);
            uint64_t keep = ~uint64_t{0};
            if constexpr (requires { top.m_axis_tkeep; }) keep = top.m_axis_tkeep;
            for (uint32_t i = 0; i < width; i++)
                if (keep >> i & 1) packet.push_back(beat[i]);
            bool last = false;
            if constexpr (requires { top.m_axis_tlast; }) last = top.m_axis_tlast;
            if (last || packet.size() + width > RTL_LONGEST) stream(last);
        }
    }

    void stream(bool last) {
        streaming = true;
        ask(RTL_STREAM, last, packet.data(), packet.size(), 0);
        packet.clear();
    }

    void flush(Write &burst) {
        if (collected.empty()) return;
        burst.left++;
        ask(RTL_WRITE, start, collected.data(), collected.size(), burst.number);
        collected.clear();
    }
};

}

#endif
