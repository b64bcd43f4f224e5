"""refusing.sv as a simulator behind rtl-socket: the same registers, refused by the same responses.

    PYTHONPATH=emulator/rtl/python python3 refusing.py /tmp/refusing.sock
"""

import sys

import rtl_socket

SLVERR, DECERR = 2, 3
ANSWERED = 0x80000000
READ, WRITE = 16, 20

# Of the results of rtl_card.h: done, unsupported, aborted, not a master.
RESPONSES = [0, DECERR, SLVERR, SLVERR]


class Refusing:
    def __init__(self, host, clock_ps):
        self.host, self.cycle = host, 0
        self.reset()

    def reset(self):
        self.cycle += 8
        self.scratch = 0
        self.ended = {READ: 0, WRITE: 0}

    def run(self, until):
        self.cycle = max(self.cycle, until)
        return True

    def bar_read(self, bar, offset, enables):
        self.cycle += 2
        self._refuse(offset)
        return self.ended.get(offset, self.scratch)

    def bar_write(self, bar, offset, enables, value):
        self.cycle += 2
        self._refuse(offset)
        if offset == 0:
            self.scratch = value
        elif offset in self.ended:
            self.ended[offset] = 0
            if offset == READ:
                self.host.request(self.cycle, rtl_socket.READ, value, READ, length=4)
            else:
                self.host.request(self.cycle, rtl_socket.WRITE, value, WRITE, self.scratch.to_bytes(4, "little"))

    def answer(self, tag, result, data):
        self.ended[tag] = ANSWERED | result << 2 | RESPONSES[result]

    def pin(self, name, value):
        return None

    @staticmethod
    def _refuse(offset):
        if offset == 8:
            raise rtl_socket.SlaveError
        if offset == 12:
            raise rtl_socket.DecodeError


if __name__ == "__main__":
    rtl_socket.serve(sys.argv[1], Refusing)
