// Twenty methods that run again and again after delays: what an event of SystemC's kernel costs. Prints nanoseconds an event.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include <systemc>

static std::vector<double> delays(4096);
static std::uint64_t events;

struct Source : sc_core::sc_module {
    explicit Source(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
        SC_METHOD(run);
    }

    void run() { next_trigger(delays[events++ & 4095], sc_core::SC_NS); }

    SC_HAS_PROCESS(Source);
};

int sc_main(int, char*[]) {
    std::mt19937_64 random(1);
    std::exponential_distribution<double> interval(1.0 / 100000);
    for (auto& delay : delays) delay = std::floor(interval(random)) + 1;
    std::vector<std::unique_ptr<Source>> sources;
    for (int i = 0; i < 20; i++) sources.push_back(std::make_unique<Source>(("s" + std::to_string(i)).c_str()));
    sc_core::sc_start(1, sc_core::SC_SEC);
    const auto before = events;
    const auto start = std::chrono::steady_clock::now();
    sc_core::sc_start(5, sc_core::SC_SEC);
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    std::cout << taken.count() / static_cast<double>(events - before) << std::endl;
    return 0;
}
