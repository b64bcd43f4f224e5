"""The simulator's end of `emulator --device rtl-socket:PATH`: the functions of rtl_card.h as messages, for a card that is simulated elsewhere.

A card is an object with the functions below; `serve(path, make)` listens, and calls `make(host, clock_ps)` for a card as after power-on. In cocotb the same
loop is a task: `reset`, `run`, `bar_read` and `bar_write` are coroutines there that wait for clock edges (`await RisingEdge(dut.clk)`).
"""

import os
import socket
import struct

ABI = 1
OK, IDLE, UNFINISHED, REFUSED, UNDECODED, FAILED, NO_SUCH_PIN = 0, 1, 2, 3, 4, -1, -2
WRITE, READ, MESSAGE, STREAM = 0, 1, 2, 3
CREATE, RESET, RUN, BAR_READ, BAR_WRITE, ANSWER, PIN = range(7)
RETURN, REQUEST, SENTENCE = range(3)


class SlaveError(Exception):
    """Raised by `bar_read` and `bar_write`: the access is refused (SLVERR), which is a completer abort to the host."""


class DecodeError(Exception):
    """Likewise: nobody is at that address (DECERR), which is an unsupported request."""


class Host:
    """What a card asks of the bus."""

    def __init__(self, connection):
        self.connection = connection

    def request(self, cycle, kind, address, tag, data=b"", length=None):
        """Asks for a write, a read, a message or a part of a stream, from within a call; the answer comes by the card's `answer`."""
        size = len(data) if length is None else length
        self._send(struct.pack("<BQIQII", REQUEST, cycle, kind, address, tag, size) + data)

    def log(self, level, text):
        """A sentence for a person: 0 information, 1 warning, 2 why the call fails."""
        self._send(struct.pack("<BI", SENTENCE, level) + text.encode())

    def _send(self, body):
        self.connection.sendall(struct.pack("<I", len(body)) + body)


def serve(path, make):
    """Serves one emulator after the other, for ever."""
    if os.path.exists(path):
        os.unlink(path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("listening", flush=True)
        while True:
            connection, _ = listening.accept()
            with connection:
                _serve(connection, make)


def _serve(connection, make):
    host, card = Host(connection), None
    while message := _receive(connection):
        function, body = message[0], message[1:]
        status, value = OK, 0
        try:
            if function == CREATE:
                version, clock_ps = struct.unpack("<IQ", body)
                if version != ABI:
                    raise ValueError(f"this simulator speaks version {ABI}, the emulator {version}")
                card = make(host, clock_ps)
            elif function == RESET:
                card.reset()
            elif function == RUN:
                status = IDLE if card.run(*struct.unpack("<Q", body)) else OK
            elif function == BAR_READ:
                value = card.bar_read(*struct.unpack("<III", body))
            elif function == BAR_WRITE:
                card.bar_write(*struct.unpack("<IIII", body))
            elif function == ANSWER:
                tag, result = struct.unpack_from("<II", body)
                card.answer(tag, result, body[8:])
            else:
                write, value = struct.unpack_from("<IQ", body)
                found = card.pin(body[12:].decode(), value if write else None)
                status, value = (NO_SUCH_PIN, 0) if found is None else (OK, found)
        except SlaveError:
            status = REFUSED
        except DecodeError:
            status = UNDECODED
        except Exception as problem:  # whatever it is, the emulator is told
            host.log(2, f"{type(problem).__name__}: {problem}")
            status = FAILED
        host._send(struct.pack("<BiQQ", RETURN, status, card.cycle if card else 0, value))


def _receive(connection):
    head = _exactly(connection, 4)
    return _exactly(connection, struct.unpack("<I", head)[0]) if head else b""


def _exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            return b""
        data += part
    return data
