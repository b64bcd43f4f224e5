"""A host in another language, written from link.proto and control.proto alone.

Attaches to a running emulator in wall-clock mode, reads the ID register of configuration space, sizes BAR 0, enables memory space and
bus mastering, programs one MSI message, loses its connection and resumes, raises a test interrupt and receives the message as the memory
write that it is; detaches.

    client.py PROTO_FOLDER TARGET        TARGET as gRPC names it: 127.0.0.1:43211 or unix:/path

Needs python3-grpcio, python3-protobuf, protobuf-compiler and protobuf-compiler-grpc (Debian). Exit status 0 when all came as it must.
"""

import importlib
import queue
import shutil
import struct
import subprocess
import sys
import tempfile

import grpc

TIMEOUT_S = 20
BAR0_ADDRESS = 0xE000_0000
MSI_ADDRESS = 0xFEE0_1000
MSI_DATA = 0x40
MEMORY_SPACE_AND_BUS_MASTER = 0x6
MSI_CAPABILITY = 0x05


def generate(proto_folder):
    """Compiles the contracts into modules of a folder that is thrown away."""
    folder = tempfile.mkdtemp(prefix="pcie-link-")
    plugin = shutil.which("grpc_python_plugin")
    subprocess.run(
        ["protoc", f"-I{proto_folder}", f"--python_out={folder}", f"--grpc_out={folder}",
         f"--plugin=protoc-gen-grpc={plugin}", "link.proto", "control.proto"], check=True)
    sys.path.insert(0, folder)
    modules = [importlib.import_module(name) for name in ("link_pb2", "link_pb2_grpc", "control_pb2", "control_pb2_grpc")]
    shutil.rmtree(folder)
    return modules


class Host:
    """One attachment. Requests go one at a time; what else the device sends is kept in `writes`."""

    def __init__(self, link, stub):
        self.link = link
        self.stub = stub
        self.sequence = 0
        self.taken = 0
        self.writes = []
        self.device = self.attach()

    def attach(self, resume=None):
        """Opens a call; returns the device's hello."""
        hello = self.link.HostHello(
            version=self.link.ProtocolVersion(major=1, minor=1), host_name="python client", clock_mode=self.link.CLOCK_MODE_WALL_CLOCK,
            capabilities=["replay"], resume=resume)
        self.outgoing = queue.SimpleQueue()
        self.outgoing.put(self.link.HostMessage(hello=hello))
        self.incoming = self.stub.Attach(iter(self.outgoing.get, None), timeout=TIMEOUT_S)
        return next(self.incoming).hello

    def resume(self):
        """Loses its call and goes on in another one. Every request has been answered, so that the device has all that was sent."""
        self.incoming.cancel()
        self.outgoing.put(None)
        hello = self.attach(self.link.Resume(epoch=self.device.epoch, token=self.device.token, received=self.taken))
        assert hello.epoch == self.device.epoch and hello.received == self.sequence, hello

    def send(self, **tlp):
        self.sequence += 1
        frame = self.link.Frame(epoch=self.device.epoch, sequence=self.sequence, acknowledge=self.taken,
                                tlps=[self.link.Tlp(length=4, first_be=0xF, **tlp)])
        self.outgoing.put(self.link.HostMessage(frame=frame))

    def receive(self):
        """Takes one frame; returns its completion, if it has one."""
        frame = next(self.incoming).frame
        assert frame.epoch == self.device.epoch, frame
        assert frame.sequence == self.taken + 1, frame
        self.taken = frame.sequence
        completions = [tlp for tlp in frame.tlps if tlp.kind == self.link.TLP_KIND_COMPLETION]
        self.writes += [tlp for tlp in frame.tlps if tlp.kind == self.link.TLP_KIND_MEMORY_WRITE]
        return completions[0] if completions else None

    def request(self, **tlp):
        self.send(tag=7, **tlp)
        completion = self.receive()
        while completion is None:
            completion = self.receive()
        assert completion.tag == 7 and completion.status == self.link.COMPLETION_STATUS_SUCCESSFUL, completion
        return struct.unpack("<I", completion.payload)[0] if completion.payload else None

    def config_read(self, offset):
        return self.request(kind=self.link.TLP_KIND_CONFIG_READ, address=offset)

    def config_write(self, offset, value):
        self.request(kind=self.link.TLP_KIND_CONFIG_WRITE, address=offset, payload=struct.pack("<I", value))

    def read(self, address):
        return self.request(kind=self.link.TLP_KIND_MEMORY_READ, address=address)

    def write(self, address, value):
        self.send(kind=self.link.TLP_KIND_MEMORY_WRITE, address=address, payload=struct.pack("<I", value))

    def detach(self):
        self.outgoing.put(self.link.HostMessage(detach=self.link.Detach()))
        assert next(self.incoming).HasField("detached")
        assert next(self.incoming, None) is None
        self.outgoing.put(None)


def find_capability(host, wanted):
    offset = host.config_read(0x34) & 0xFC
    while offset:
        header = host.config_read(offset)
        if header & 0xFF == wanted:
            return offset
        offset = header >> 8 & 0xFC
    raise AssertionError(f"no capability 0x{wanted:02X}")


def main(proto_folder, target):
    link, link_grpc, control, control_grpc = generate(proto_folder)
    with grpc.insecure_channel(target) as channel:
        card = control_grpc.CardControlStub(channel).Describe(control.DescribeRequest(), timeout=TIMEOUT_S)
        offsets = {register.name: register.offset for register in card.registers}
        host = Host(link, link_grpc.PcieLinkStub(channel))

        identity = host.config_read(0)
        assert identity == card.device_id << 16 | card.vendor_id, hex(identity)
        assert identity == host.device.device_id << 16 | host.device.vendor_id, hex(identity)
        print(f"ID {identity & 0xFFFF:04x}:{identity >> 16:04x}")

        # A BAR that is written all ones reads back its size, as the two's complement.
        host.config_write(0x10, 0xFFFF_FFFF)
        size = -(host.config_read(0x10) & ~0xF) & 0xFFFF_FFFF
        assert size == card.bars[0].size, size
        print(f"BAR 0 {size} bytes")

        host.config_write(0x10, BAR0_ADDRESS)
        host.config_write(0x04, MEMORY_SPACE_AND_BUS_MASTER)
        assert host.read(BAR0_ADDRESS + offsets["ID"]) == struct.unpack(">I", b"DAQ1")[0]

        msi = find_capability(host, MSI_CAPABILITY)
        host.config_write(msi + 0x4, MSI_ADDRESS)
        host.config_write(msi + 0x8, 0)
        host.config_write(msi + 0xC, MSI_DATA)
        host.config_write(msi, host.config_read(msi) | 1 << 16)

        host.resume()
        print("resumed")

        test_cause = next(field for register in card.registers if register.name == "INT_ENABLE"
                          for field in register.fields if field.name == "TEST")
        host.write(BAR0_ADDRESS + offsets["INT_ENABLE"], 1 << test_cause.lowest_bit)
        host.write(BAR0_ADDRESS + offsets["INT_TEST"], 1 << test_cause.lowest_bit)
        while not host.writes:
            host.receive()
        message = host.writes.pop(0)
        assert message.address == MSI_ADDRESS, message
        assert struct.unpack("<I", message.payload)[0] == MSI_DATA, message
        print(f"MSI 0x{MSI_DATA:x} at 0x{message.address:x}")

        host.detach()
        print("detached")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
