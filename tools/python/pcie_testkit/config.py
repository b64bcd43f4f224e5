"""The device's configuration space, through configuration requests."""

from .failures import NotApplicable
from .wire import link_pb2 as wire

CAPABILITIES_POINTER, FIRST_EXTENDED = 0x34, 0x100


class Config:
    def __init__(self, bench):
        self.bench = bench

    def read(self, offset, size=4):
        """Reads 1, 2 or 4 bytes, naturally aligned."""
        __tracebackhide__ = True
        return self._request(wire.TLP_KIND_CONFIG_READ, offset, size)

    def write(self, offset, value, size=4):
        """Writes 1, 2 or 4 bytes, naturally aligned, and waits for the completion."""
        __tracebackhide__ = True
        self._request(wire.TLP_KIND_CONFIG_WRITE, offset, size, value)

    def expect(self, offset, expected, name, size=4):
        """It reads so."""
        __tracebackhide__ = True
        read = self.read(offset, size)
        if read != expected:
            raise self.bench.failed(f"{name}, configuration space {offset:#x}: expected {expected:#x}, read {read:#x}")

    def capabilities(self):
        """ID and offset of each, in the order of the list."""
        __tracebackhide__ = True
        found, at = [], self.read(CAPABILITIES_POINTER, 1)
        while at:
            if at % 4 or at < 0x40 or len(found) == 48:
                raise self.bench.failed(f"capability list: expected an aligned offset of 0x40 or more, and an end, read {at:#x}")
            head = self.read(at)
            found.append((head & 0xFF, at))
            at = head >> 8 & 0xFF
        return found

    def find(self, capability, name):
        """Where a capability begins."""
        __tracebackhide__ = True
        for known, at in self.capabilities():
            if known == capability:
                return at
        raise NotApplicable(f"the function has no {name} capability")

    def _request(self, kind, offset, size, value=None):
        __tracebackhide__ = True
        answer = self.bench.request(kind, offset, size, value)
        if not answer.is_successful:
            what = "read" if value is None else "write"
            raise self.bench.failed(f"configuration {what} of {size} bytes at {offset:#x}: expected a successful completion, got {answer.outcome}")
        return answer.value
