"""The ticker of examples/ticker.v, cycle by cycle in Python: a card for `emulator --device rtl-socket:PATH`.

    python3 emulator/rtl/python/ticker.py /tmp/ticker.sock
    emu check inproc: --device rtl-socket:/tmp/ticker.sock --device-config emulator/rtl/examples/ticker.toml --profile ...
"""

import sys

import rtl_socket

ID = 0x5449434B
RESET_CYCLES = 8
ACCESS_CYCLES = 2


class Ticker:
    def __init__(self, host, clock_ps):
        self.host, self.cycle, self.ticks, self.tags = host, 0, 0, 0
        self._clear()

    def _clear(self):
        self.scratch = self.limit = self.count = self.cause = 0

    def reset(self):
        self._clear()
        self.ticks = 0
        self.cycle += RESET_CYCLES

    def run(self, until):
        while self.cycle < until and self.limit:
            if self._tick():
                return False
        # Without a limit nothing changes any more.
        self.cycle = max(self.cycle, until)
        return self.limit == 0

    def bar_read(self, bar, offset, enables):
        for _ in range(ACCESS_CYCLES):
            self._tick()
        return {0: ID, 4: self.scratch, 8: self.limit, 12: self.cause}.get(offset, 0)

    def bar_write(self, bar, offset, enables, value):
        mask = sum(0xFF << 8 * byte for byte in range(4) if enables >> byte & 1)
        if offset == 4:
            self.scratch = self.scratch & ~mask | value & mask
        elif offset == 8:
            self.limit = self.limit & ~mask | value & mask
        elif offset == 12 and value & mask & 1:
            self.cause = 0
        for _ in range(ACCESS_CYCLES):
            self._tick()

    def answer(self, tag, result, data):
        pass

    def pin(self, name, value):
        return self.ticks if name == "stat_ticks" and value is None else None

    def _tick(self):
        """One clock cycle; whether something was asked in it."""
        expired = self.limit != 0 and self.count + 1 >= self.limit
        self.count = 0 if self.limit == 0 or expired else self.count + 1
        if expired:
            self.cause, self.ticks, self.tags = 1, self.ticks + 1, self.tags + 1
            self.host.request(self.cycle, rtl_socket.MESSAGE, 0, self.tags)
        self.cycle += 1
        return expired


if __name__ == "__main__":
    rtl_socket.serve(sys.argv[1], Ticker)
