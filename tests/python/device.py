"""A device in another language, written from link.proto alone.

A function like QEMU's educational device, as far as it interrupts: configuration space with Power Management, MSI and PCI Express, one BAR, a
register that raises an interrupt. Wall-clock mode; it has the capability heartbeat, and not replay. Prints `listening on http://...` and
serves one host after the other until its standard input ends.

    device.py PROTO_FOLDER

Needs python3-grpcio, python3-protobuf, protobuf-compiler and protobuf-compiler-grpc (Debian).
"""

import queue
import struct
import sys
import threading
from concurrent import futures

import grpc

from client import generate

KEEP_ALIVE_MS = 1000
BAR_SIZE = 1 << 20
COMMAND, BAR0, POWER, MSI, EXPRESS = 0x04, 0x10, 0x40, 0x50, 0x70
MEMORY_SPACE, BUS_MASTER, MSI_ENABLE, MSI_MASK_BIT = 0x2, 0x4, 0x1, 0x1
UNSUPPORTED_REQUEST_DETECTED = 0x8


class Function:
    """What lies behind the link: takes one request, returns its completion's status and data, and what it sends besides."""

    # Where, how many bytes, value after reset, which bits a write changes.
    CONFIG = [
        (0x00, 2, 0x1234, 0), (0x02, 2, 0x11E8, 0), (COMMAND, 2, 0, 0x0406), (0x06, 2, 0x0010, 0), (0x08, 4, 0x00FF0010, 0),
        (BAR0, 4, 0, -BAR_SIZE & 0xFFFF_FFFF), (0x2C, 4, 0x11001AF4, 0), (0x34, 1, POWER, 0),
        (POWER, 4, 0x00030001 | MSI << 8, 0), (POWER + 4, 2, 0x0008, 0x0003),
        (MSI, 2, 0x0005 | EXPRESS << 8, 0), (MSI + 2, 2, 0x0180, 0x0071), (MSI + 4, 4, 0, 0xFFFF_FFFC), (MSI + 8, 4, 0, 0xFFFF_FFFF),
        (MSI + 12, 2, 0, 0xFFFF), (MSI + 16, 4, 0, MSI_MASK_BIT), (MSI + 20, 4, 0, 0),
        (EXPRESS, 4, 0x00020010, 0), (EXPRESS + 8, 2, 0x2810, 0x7FFF),
    ]

    def __init__(self):
        self.config, self.writable = bytearray(4096), bytearray(4096)
        for offset, size, value, mask in self.CONFIG:
            self.config[offset:offset + size] = value.to_bytes(size, "little")
            self.writable[offset:offset + size] = mask.to_bytes(size, "little")
        self.liveness = self.interrupts = 0
        self.pending = False

    def word(self, offset):
        return struct.unpack_from("<I", self.config, offset)[0]

    def config_write(self, offset, data, enables):
        for lane in range(4):
            if enables >> lane & 1:
                at, mask = offset + lane, self.writable[offset + lane]
                self.config[at] = self.config[at] & ~mask | data[lane] & mask
                if at == EXPRESS + 10:  # Device Status is cleared by ones.
                    self.config[at] &= ~data[lane]

    def decodes(self, address, length):
        base = self.word(BAR0)
        enabled = self.word(COMMAND) & MEMORY_SPACE and self.word(POWER + 4) & 3 == 0
        return enabled and base <= address and address + length <= base + BAR_SIZE

    def refuse(self):
        self.config[EXPRESS + 10] |= UNSUPPORTED_REQUEST_DETECTED

    def register_read(self, offset):
        return {0x00: 0x0100_00ED, 0x04: ~self.liveness & 0xFFFF_FFFF, 0x24: self.interrupts}.get(offset, 0)

    def register_write(self, offset, value):
        if offset == 0x04:
            self.liveness = value
        elif offset == 0x60:
            self.interrupts |= value
            self.pending |= self.interrupts != 0
        elif offset == 0x64:
            self.interrupts &= ~value

    def message(self):
        """The address and data of a message that goes now; None if none does."""
        control = self.word(MSI) >> 16
        if not self.pending or not control & MSI_ENABLE or not self.word(COMMAND) & BUS_MASTER:
            self.pending = False
            return None
        masked = self.word(MSI + 16) & MSI_MASK_BIT
        struct.pack_into("<I", self.config, MSI + 20, 1 if masked else 0)
        if masked:
            return None
        self.pending = False
        return self.word(MSI + 8) << 32 | self.word(MSI + 4), self.word(MSI + 12) & 0xFFFF


class Session:
    """One attachment: takes the host's messages one after the other, and puts its own into a queue."""

    def __init__(self, link, epoch, hello):
        self.link, self.epoch = link, epoch
        self.function = Function()
        self.outgoing = queue.SimpleQueue()
        self.sequence = self.taken = 0
        self.over = threading.Event()
        self.beats = "heartbeat" in hello.capabilities
        self.outgoing.put(link.DeviceMessage(hello=link.DeviceHello(
            version=link.ProtocolVersion(major=1, minor=min(2, hello.version.minor)), device_name="edu in Python", clock_mode=hello.clock_mode,
            capabilities=["heartbeat"] if self.beats else [], epoch=epoch, vendor_id=0x1234, device_id=0x11E8,
            keep_alive_ms=KEEP_ALIVE_MS if self.beats else 0)))
        if self.beats:
            threading.Thread(target=self.beat, args=(hello.keep_alive_ms / 4000,), daemon=True).start()

    def beat(self, interval):
        while not self.over.wait(interval):
            self.outgoing.put(self.link.DeviceMessage(acknowledgement=self.link.Acknowledgement(epoch=self.epoch, sequence=self.taken)))

    def serve(self, messages):
        """Until the host detaches, or goes away."""
        try:
            for message in messages:
                if message.HasField("detach"):
                    self.outgoing.put(self.link.DeviceMessage(detached=self.link.Detached()))
                    return
                if message.HasField("frame"):
                    assert message.frame.epoch == self.epoch and message.frame.sequence == self.taken + 1, message
                    self.taken += 1
                    for tlp in message.frame.tlps:
                        self.take(tlp)
        except grpc.RpcError:
            pass
        finally:
            self.over.set()
            self.outgoing.put(None)

    def send(self, **tlp):
        self.sequence += 1
        self.outgoing.put(self.link.DeviceMessage(frame=self.link.Frame(
            epoch=self.epoch, sequence=self.sequence, acknowledge=self.taken, tlps=[self.link.Tlp(**tlp)])))

    def take(self, tlp):
        link, function = self.link, self.function
        status, payload = link.COMPLETION_STATUS_SUCCESSFUL, b""
        if tlp.kind == link.TLP_KIND_CONFIG_READ:
            payload = bytes(function.config[tlp.address:tlp.address + 4])
        elif tlp.kind == link.TLP_KIND_CONFIG_WRITE:
            function.config_write(tlp.address, tlp.payload, tlp.first_be)
        elif not function.decodes(tlp.address, tlp.length):
            function.refuse()
            status = link.COMPLETION_STATUS_UNSUPPORTED_REQUEST
        elif tlp.length > 8:
            status = link.COMPLETION_STATUS_COMPLETER_ABORT
        else:
            offset = tlp.address - function.word(BAR0)
            for at in range(0, tlp.length, 4):
                if tlp.kind == link.TLP_KIND_MEMORY_READ:
                    payload += struct.pack("<I", function.register_read(offset + at))
                else:
                    function.register_write(offset + at, struct.unpack_from("<I", tlp.payload, at)[0])
        if tlp.kind != link.TLP_KIND_MEMORY_WRITE:
            self.send(kind=link.TLP_KIND_COMPLETION, tag=tlp.tag, status=status, address=tlp.address, length=len(payload), payload=payload)
        if message := function.message():
            address, data = message
            self.send(kind=link.TLP_KIND_MEMORY_WRITE, address=address, length=4, first_be=0xF, payload=struct.pack("<I", data))


def main(proto_folder):
    link, link_grpc, _, _ = generate(proto_folder)

    class Device(link_grpc.PcieLinkServicer):
        owned = threading.Lock()
        epoch = 0

        def Attach(self, messages, context):
            hello = next(messages).hello
            if hello.version.major != 1:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"This device speaks protocol 1.2, the host {hello.version.major}. Use one of 1.")
            if hello.clock_mode != link.CLOCK_MODE_WALL_CLOCK:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "This device runs in wall-clock mode only: attach with clock_mode 2.")
            if hello.HasField("resume"):
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "This device keeps no session without its connection. Attach afresh.")
            if not self.owned.acquire(blocking=False):
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "Another host owns this device. Wait until it detaches.")
            try:
                Device.epoch += 1
                session = Session(link, Device.epoch, hello)
                threading.Thread(target=session.serve, args=(messages,), daemon=True).start()
                yield from iter(session.outgoing.get, None)
            finally:
                self.owned.release()

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    link_grpc.add_PcieLinkServicer_to_server(Device(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    server.stop(0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
