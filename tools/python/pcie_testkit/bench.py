"""A host without driver or kernel, for plans at the level of registers."""

import socket
from collections import deque
from typing import NamedTuple

import grpc

from . import messages as programming, times
from .config import Config
from .failures import ExpectationFailed, NotApplicable
from .link import Link, LinkDown
from .memory import Memory
from .registers import RegisterMap
from .wire import control_pb2, control_pb2_grpc, link_pb2 as wire

MEMORY_SPACE, BUS_MASTER = 0x2, 0x4
COMMAND, BAR0, BARS = 0x04, 0x10, 6
BELOW_4G, ABOVE_4G = 0xC000_0000, 0x20_0000_0000
SHOWN = 12
NAMES = {wire.TLP_KIND_CONFIG_READ: "CfgRd", wire.TLP_KIND_CONFIG_WRITE: "CfgWr", wire.TLP_KIND_MEMORY_READ: "MRd",
         wire.TLP_KIND_MEMORY_WRITE: "MWr", wire.TLP_KIND_COMPLETION: "Cpl"}
OUTCOMES = {wire.COMPLETION_STATUS_SUCCESSFUL: "successful", wire.COMPLETION_STATUS_UNSUPPORTED_REQUEST: "unsupported request",
            wire.COMPLETION_STATUS_COMPLETER_ABORT: "completer abort"}


class Answer(NamedTuple):
    """How a read or a configuration write ended; its value is all-ones unless it was successful, as a processor sees it."""

    outcome: str
    value: int

    @property
    def is_successful(self):
        return self.outcome == "successful"


class Message(NamedTuple):
    """An MSI or MSI-X message: which one, counted from the first that was programmed, what it wrote, and when it arrived."""

    number: int
    data: int
    at: int


class Bar(NamedTuple):
    number: int
    address: int
    size: int
    is_64_bit: bool


class Bench:
    """Does one thing after the other, each a line of a plan, and stops at the first that the device does otherwise.

    uri is http://host:port, https://host:port (with credentials) or unix:/path. registers are names: a RegisterMap, the REGISTERS of a module that
    `emu registers export --format python` wrote, or nothing for those that the card describes itself. Times are whole nanoseconds of simulated
    time: us(10).
    """

    def __init__(self, uri, registers=None, latency=times.ns(500), completion_timeout=times.ms(50), credentials=None):
        scheme, _, rest = uri.partition(":")
        target = uri if scheme == "unix" else rest.removeprefix("//").rstrip("/")
        if scheme not in ("http", "https", "unix") or not target:
            raise ValueError(f"{uri!r}: expected http://host:port, https://host:port or unix:/path")
        self._channel = grpc.secure_channel(target, credentials or grpc.ssl_channel_credentials()) if scheme == "https" \
            else grpc.insecure_channel(target)
        self._arrived, self._answers, self._asked = deque(), {}, {}
        self._transactions, self._step, self._tag = deque(maxlen=SHOWN), "", 0
        self._completion_timeout = completion_timeout
        self.memory, self.config, self.bars, self.device_requests = Memory(), Config(self), [], 0
        try:
            self._link = Link(self._channel, f"pcie-testkit on {socket.gethostname()}", latency, self._receive)
            self.registers = registers if isinstance(registers, RegisterMap) else RegisterMap(registers) if registers is not None \
                else self._described()
        except BaseException:
            self._channel.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Detaches."""
        self._link.close()
        self._channel.close()

    @property
    def now(self):
        return self._link.now

    @property
    def device(self):
        """The device's name, vendor ID and device ID, as it has introduced itself."""
        hello = self._link.device
        return hello.device_name, hello.vendor_id, hello.device_id

    def step(self, text):
        """Says what the plan is about to show; a failure names it."""
        self._step = text

    # Configuration and BARs.

    def enumerate(self, command=MEMORY_SPACE | BUS_MASTER):
        """Sizes the memory BARs and places them, 64-bit ones above 4 GiB; then switches decoding and bus mastering on."""
        if not self.bars:
            self.config.write(COMMAND, 0, 2)
            self.bars = list(self._find_bars())
        for bar in self.bars:
            self.config.write(BAR0 + 4 * bar.number, bar.address & 0xFFFF_FFFF)
            if bar.is_64_bit:
                self.config.write(BAR0 + 4 * bar.number + 4, bar.address >> 32)
        self.config.write(COMMAND, command, 2)

    def bar(self, number):
        for bar in self.bars:
            if bar.number == number:
                return bar
        raise NotApplicable(f"the function has no BAR {number}, or is not enumerated")

    def enable_messages(self, kind, count=1):
        """Enables messages, MSI or MSIX, unmasked: message n writes a number that only it has."""
        programming.enable(self, kind, count)

    # Registers, by name.

    def read(self, name):
        """Reads a register, or a field of one, as in INT_CAUSE and INT_CAUSE.TEST."""
        __tracebackhide__ = True
        place = self.registers[name]
        answer = self.read_memory(self.bar(place.bar).address + place.offset, place.bytes)
        if not answer.is_successful:
            raise self.failed(f"{name} at BAR {place.bar} + {place.offset:#x}: expected a successful read, got {answer.outcome}")
        return place.of(answer.value)

    def write(self, name, value):
        """Writes a register, or a field of one. Fields beside it that keep what is written are read first and written back; others are written
        as zero, which is no order to them."""
        __tracebackhide__ = True
        place = self.registers[name]
        address = self.bar(place.bar).address + place.offset
        kept = self.read_memory(address, place.bytes).value & place.kept_beside if place.kept_beside else 0
        self.write_memory(address, kept | place.at(value), place.bytes)

    def expect(self, name, expected, within=None):
        """A register or field reads so, or comes to read so within a time; it is read ten times until then."""
        __tracebackhide__ = True
        for look in range(1 if within is None else 11):
            if look:
                self.wait(within // 10)
            read = self.read(name)
            if read == expected:
                return
        raise self.failed(f"{name}: expected {expected:#x}{'' if within is None else f' within {within} ns'}, read {read:#x}")

    # Device memory.

    def read_memory(self, address, size=4):
        """Reads 1, 2, 4 or 8 bytes of device memory."""
        return self.request(wire.TLP_KIND_MEMORY_READ, address, size)

    def write_memory(self, address, value, size=4):
        """Writes 1, 2, 4 or 8 bytes of device memory: posted, nobody answers."""
        tlp = self._request(wire.TLP_KIND_MEMORY_WRITE, address, size)
        self._send(payload=self._payload(address, value, size), **tlp)

    def expect_outcome(self, outcome, address, size=4):
        """A read ends so: "successful", "unsupported request", "completer abort" or "no completion"."""
        __tracebackhide__ = True
        answer = self.read_memory(address, size)
        if answer.outcome != outcome:
            raise self.failed(f"read of {size} bytes at {address:#x}: expected {outcome}, got {answer.outcome}")

    # Host memory, which the device reads and writes.

    def expect_memory(self, buffer, expected, offset=0, within=None):
        """Host memory holds these bytes, or comes to hold them within a time; it is looked at ten times until then."""
        __tracebackhide__ = True
        for look in range(1 if within is None else 11):
            if look:
                self.wait(within // 10)
            seen = bytes(buffer.bytes[offset:offset + len(expected)])
            if seen == expected:
                return
        at = next((i for i, (a, b) in enumerate(zip(seen, expected)) if a != b), len(seen))
        raise self.failed(f"host memory {buffer.address + offset + at:#x}: expected {expected[at:at + 8].hex(' ')}, holds {seen[at:at + 8].hex(' ')}")

    # Messages and time.

    def wait(self, time):
        """Lets time pass."""
        __tracebackhide__ = True
        self._run(self.now + time)

    def next_message(self, within):
        """Takes the next message, which comes within a time. Messages are taken in the order in which they came."""
        __tracebackhide__ = True
        if not self._run(self.now + within, lambda: self._arrived):
            raise self.failed(f"expected a message within {within} ns, none came")
        return self._arrived.popleft()

    def expect_message(self, number, within):
        """The next message comes within a time, and is this one."""
        __tracebackhide__ = True
        message = self.next_message(within)
        if message.number != number:
            raise self.failed(f"expected message {number}, got message {message.number} (data {message.data:#x}) at {times.text(message.at)}")
        return message

    def expect_no_message(self, during):
        """No message comes for a time, and none has come that was not taken."""
        __tracebackhide__ = True
        self.wait(during)
        if self._arrived:
            message = self._arrived[0]
            raise self.failed(f"expected no message, got message {message.number} (data {message.data:#x}) at {times.text(message.at)}")

    def expect_silence(self, during):
        """The device makes no request at all for a time: no write, no read, no message."""
        __tracebackhide__ = True
        before = self.device_requests
        self.wait(during)
        if self.device_requests != before:
            raise self.failed(f"expected no request of the device for {during} ns, saw {self.device_requests - before}")

    def failed(self, expectation):
        """The failure of an expectation, with step, time and transactions."""
        lines = [expectation]
        if self._step:
            lines.append(f"  step: {self._step}")
        lines.append(f"  at {times.text(self.now)}, {len(self._arrived)} messages not taken")
        lines.append(f"  the last {len(self._transactions)} transactions:" if self._transactions else "  no transaction yet")
        return ExpectationFailed("\n".join([*lines, *(f"    {line}" for line in self._transactions)]))

    # Below.

    def request(self, kind, address, size, value=None):
        """Sends a request that is answered, and waits for its end."""
        self._tag = self._tag % 1023 + 1
        tag = self._tag
        tlp = self._request(kind, address, size)
        self._asked[tag] = self._name_of(kind, address)
        payload = {} if value is None else {"payload": self._payload(address, value, size)}
        self._send(tag=tag, **tlp, **payload)
        if not self._run(self.now + self._completion_timeout, lambda: tag in self._answers):
            return Answer("no completion", (1 << 8 * size) - 1)
        completion = self._answers.pop(tag)
        outcome = OUTCOMES.get(completion.status, f"status {completion.status}")
        if outcome != "successful":
            return Answer(outcome, (1 << 8 * size) - 1)
        lead = address & 3
        return Answer(outcome, int.from_bytes(completion.payload[lead:lead + size], "little"))

    @staticmethod
    def _request(kind, address, size):
        if size not in (1, 2, 4, 8) or size > 4 and address % 4 or size <= 4 and address % size:
            raise ValueError(f"{size} bytes at {address:#x}: expected 1, 2, 4 or 8, aligned")
        length = 8 if size == 8 else 4
        first = 0xF if size >= 4 else ((1 << size) - 1) << (address & 3)
        return {"kind": kind, "address": address & ~3, "length": length, "first_be": first, "last_be": 0xF if length == 8 else 0}

    @staticmethod
    def _payload(address, value, size):
        if not 0 <= value < 1 << 8 * size:
            raise ValueError(f"{value:#x} does not fit into {size} bytes")
        lead = address & 3
        return (b"\0" * lead + value.to_bytes(size, "little")).ljust(8 if size == 8 else 4, b"\0")

    def _send(self, **tlp):
        self._log("host  ", wire.Tlp(**tlp))
        self._link.send(**tlp)

    def _run(self, until, finished=lambda: False):
        __tracebackhide__ = True
        try:
            return self._link.run(until, finished)
        except LinkDown as down:
            raise self.failed(f"the device left the link: {down}") from None

    def _receive(self, tlp):
        self._log("device", tlp)
        if tlp.kind == wire.TLP_KIND_COMPLETION:
            self._answers[tlp.tag] = tlp
            return
        self.device_requests += 1
        if tlp.kind == wire.TLP_KIND_MEMORY_WRITE:
            self._write_host(tlp)
            return
        found = self.memory.find(tlp.address, tlp.length) if tlp.kind == wire.TLP_KIND_MEMORY_READ else None
        status = wire.COMPLETION_STATUS_SUCCESSFUL if found else wire.COMPLETION_STATUS_UNSUPPORTED_REQUEST
        data = bytes(found[0].bytes[found[1]:found[1] + tlp.length]) if found else b""
        self._send(kind=wire.TLP_KIND_COMPLETION, tag=tlp.tag, status=status, address=tlp.address, length=len(data), payload=data)

    def _write_host(self, tlp):
        if programming.is_message(tlp.address):
            data = int.from_bytes(tlp.payload[:4], "little")
            self._arrived.append(Message(data - programming.FIRST_VECTOR, data, self.now))
            return
        found = self.memory.find(tlp.address, tlp.length)
        if not found:
            raise self.failed(f"the device wrote {tlp.length} bytes to {tlp.address:#x}, where no buffer is")
        buffer, at = found
        for i, byte in enumerate(tlp.payload):
            last = i >= tlp.length - 4 and tlp.length > 4
            enables = tlp.last_be if last else tlp.first_be if i < 4 else 0xF
            if enables >> (i & 3) & 1:
                buffer.bytes[at + i] = byte

    def _find_bars(self):
        low, high, number = BELOW_4G, ABOVE_4G, 0
        while number < BARS:
            mask = self._sized(number)
            is_io, is_64_bit = mask & 1, mask & 7 == 4
            if mask and not is_io:
                upper = self._sized(number + 1) if is_64_bit else 0xFFFF_FFFF
                size = -(upper << 32 | mask & ~0xF) & (1 << 64) - 1
                address = -(-(high if is_64_bit else low) // size) * size
                if is_64_bit:
                    high = address + 2 * size
                else:
                    low = address + 2 * size
                yield Bar(number, address, size, is_64_bit)
            number += 2 if mask and not is_io and is_64_bit else 1

    def _sized(self, number):
        at = BAR0 + 4 * number
        before = self.config.read(at)
        self.config.write(at, 0xFFFF_FFFF)
        mask = self.config.read(at)
        self.config.write(at, before)
        return mask

    def _described(self):
        try:
            return RegisterMap.described(control_pb2_grpc.CardControlStub(self._channel).Describe(control_pb2.DescribeRequest(), timeout=10))
        except grpc.RpcError as error:
            # Only an emulator has a back door.
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return RegisterMap()
            raise

    def _name_of(self, kind, address):
        if kind in (wire.TLP_KIND_MEMORY_READ, wire.TLP_KIND_MEMORY_WRITE):
            for bar in self.bars:
                if bar.address <= address < bar.address + bar.size:
                    return self.registers.name_of(bar.number, address - bar.address)
        return None

    def _log(self, who, tlp):
        is_completion = tlp.kind == wire.TLP_KIND_COMPLETION
        name = self._asked.get(tlp.tag) if is_completion else self._name_of(tlp.kind, tlp.address) if who == "host  " else None
        what = OUTCOMES.get(tlp.status, "?") if is_completion else f"{tlp.address:#010x} {tlp.length} B"
        tag = "" if tlp.kind == wire.TLP_KIND_MEMORY_WRITE else f"tag {tlp.tag}"
        data = tlp.payload[:8].hex() + ("…" if len(tlp.payload) > 8 else "")
        self._transactions.append(" ".join(part for part in (times.text(self.now), who, NAMES.get(tlp.kind, "?"), what, tag, data, name) if part))
