using System.Buffers.Binary;
using System.IO.Hashing;
using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Randomness;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.EndpointTest;

/// <summary>
/// The test function of Linux' PCI endpoint framework (Documentation/PCI/endpoint/pci-test-function.rst), which the kernel's driver pci_endpoint_test
/// puts through BARs, interrupts of every kind, and DMA both ways with checksums.
/// </summary>
public sealed class EndpointTestDevice : ICard
{
    // Of the longest transfer, and of a page's worth of read requests in flight.
    private const int MostBytes = 4 << 20, ReadsInFlight = 16;
    private const uint RaiseLine = 1, RaiseMsi = 2, RaiseMsix = 4, ReadHost = 8, WriteHost = 0x10, CopyHost = 0x20;
    private const uint ReadPassed = 1, ReadFailed = 2, WritePassed = 4, WriteFailed = 8, CopyPassed = 0x10, CopyFailed = 0x20, Raised = 0x40;
    private const uint SourceInvalid = 0x80, DestinationInvalid = 0x100;

    private readonly IDevicePort port;
    private readonly HostTransfer reading, writing;
    private readonly byte[][] memories = [.. Identity.Bars.Select(bar => new byte[bar.Size])];
    private readonly Register status, size, checksum, kind, number;
    private readonly RegisterPair source, destination;
    private byte[] data = [];
    private RandomStream random = NewRandom();
    private TransferOutcome written;
    private uint running;
    private ulong transfers;

    public EndpointTestDevice(IDevicePort port)
    {
        this.port = port;
        (reading, writing) = (new HostTransfer(port, Fetched, ReadsInFlight), new HostTransfer(port, outcome => written = outcome));
        var set = new RegisterSet();
        set.Declare("MAGIC", 0x00, "For the test of BAR 0").Field(0, 32, "VALUE", RW, "kept");
        set.Declare("COMMAND", 0x04, "What to do; one thing at a time")
            .Flag(0, "RAISE_INTX", WO, "interrupt by the line").Flag(1, "RAISE_MSI", WO, "interrupt by MSI")
            .Flag(2, "RAISE_MSIX", WO, "interrupt by MSI-X").Flag(3, "READ", WO, "read SIZE bytes at SRC and check them by CHECKSUM")
            .Flag(4, "WRITE", WO, "write SIZE random bytes to DST, and their checksum to CHECKSUM")
            .Flag(5, "COPY", WO, "copy SIZE bytes from SRC to DST").Reserved(6, 26)
            .OnWrite(write => Begin(write.Ones));
        status = set.Declare("STATUS", 0x08, "What came of it; reading it deasserts the line")
            .Flag(0, "READ_SUCCESS", RW, "the checksum was right").Flag(1, "READ_FAIL", RW, "it was not, or there was nothing to read")
            .Flag(2, "WRITE_SUCCESS", RW, "the bytes are written").Flag(3, "WRITE_FAIL", RW, "they are not")
            .Flag(4, "COPY_SUCCESS", RW, "the bytes are copied").Flag(5, "COPY_FAIL", RW, "they are not")
            .Flag(6, "IRQ_RAISED", RW, "the interrupt is of this function").Flag(7, "SRC_ADDR_INVALID", RW, "nothing could be read at SRC")
            .Flag(8, "DST_ADDR_INVALID", RW, "nothing could be written to DST").Reserved(9, 23)
            .OnRead(() => port.DriveLine(false));
        source = Pair("SRC_ADDR", 0x0C, "Where READ and COPY read");
        destination = Pair("DST_ADDR", 0x14, "Where WRITE and COPY write");
        size = set.Declare("SIZE", 0x1C, "Of the transfer").Field(0, 32, "BYTES", RW, "4 MiB at the most");
        checksum = set.Declare("CHECKSUM", 0x20, "Of the transfer's bytes").Field(0, 32, "CRC32", RW, "as Linux' crc32_le, from ~0");
        kind = set.Declare("IRQ_TYPE", 0x24, "How a transfer's end is told").Field(0, 32, "TYPE", RW, "0 the line, 1 MSI, 2 MSI-X");
        number = set.Declare("IRQ_NUMBER", 0x28, "Which message").Field(0, 32, "NUMBER", RW, "from 1");
        set.Declare("FLAGS", 0x2C, "Of the transfer").Flag(0, "USE_DMA", RW, "kept: there is no other way").Reserved(1, 31);
        Registers = new RegisterFile(Identity.Bars[0].Size, set.Declared);

        RegisterPair Pair(string name, uint offset, string sentence) =>
            set.Declare(new RegisterPair(name, offset, sentence, "ADDRESS", RW, "bus address, DW-aligned"));
    }

    /// <summary>What it is to the bus: an ID that the kernel's driver knows. Other BARs are memory, but for the last: the table of MSI-X.</summary>
    public static DeviceIdentity Identity { get; } = new()
    {
        Name = "endpoint-test", VendorId = 0x16C3, DeviceId = 0xEDDA, ClassCode = 0xFF0000, SubsystemVendorId = 0x16C3, SubsystemId = 0xEDDA,
        Bars = [256, 1024, new BarRequest(1 << 13, Is64Bit: true, IsPrefetchable: true), 0, 4096], MsiMessages = 32, MsixEntries = 32,
        HasInterruptLine = true,
    };

    public RegisterFile Registers { get; }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics => [new("dma.transfers", transfers), .. Registers.Statistics];

    uint IDevice.ReadBar(int bar, uint offset, byte byteEnables) =>
        bar == 0 ? Registers.Read(offset, byteEnables) : BinaryPrimitives.ReadUInt32LittleEndian(memories[bar].AsSpan((int)offset));

    void IDevice.WriteBar(int bar, uint offset, uint value, byte byteEnables)
    {
        if (bar == 0) Registers.Write(offset, value, byteEnables);
        for (var i = 0; i < sizeof(uint) && bar != 0; i++)
            if ((byteEnables >> i & 1) != 0) memories[bar][offset + i] = (byte)(value >> 8 * i);
    }

    public void Reset()
    {
        reading.Stop();
        foreach (var memory in memories) Array.Clear(memory);
        random = NewRandom();
        Registers.Reset();
    }

    public void Dispose()
    {
        // Holds nothing that has an end.
    }

    private static RandomStream NewRandom() => new(0, "endpoint-test");

    private void Begin(uint command)
    {
        reading.Stop();
        status.Value = 0;
        running = command;
        if ((command & RaiseLine) != 0) Raise(0);
        if ((command & RaiseMsi) != 0) Raise(1);
        if ((command & RaiseMsix) != 0) Raise(2);
        if ((command & (ReadHost | WriteHost | CopyHost)) == 0) return;
        if (size.Value is 0 or > MostBytes)
        {
            Ended(passed: false, SourceInvalid | DestinationInvalid);
            return;
        }
        // Whole DWs are read.
        var bytes = (int)(size.Value + 3 & ~3u);
        if (data.Length < bytes) data = new byte[bytes];
        if ((command & WriteHost) == 0)
        {
            reading.Read(source.Value, bytes, data.AsMemory(0, bytes));
            return;
        }
        random.Fill(Data);
        checksum.Value = ChecksumOf(Data);
        Store();
    }

    private Span<byte> Data => data.AsSpan(0, (int)size.Value);

    private void Fetched(TransferOutcome outcome)
    {
        if (outcome != TransferOutcome.Done) Ended(passed: false, SourceInvalid);
        else if ((running & CopyHost) != 0) Store();
        else Ended(ChecksumOf(Data) == checksum.Value);
    }

    private void Store()
    {
        var whole = Data.Length & ~3;
        written = TransferOutcome.Done;
        if (whole > 0) writing.Write(destination.Value, Data[..whole]);
        var passed = written == TransferOutcome.Done
            && (whole == Data.Length || port.WriteHost(destination.Value + (ulong)whole, Data[whole..]));
        Ended(passed, passed ? 0 : DestinationInvalid);
    }

    private void Ended(bool passed, uint why = 0)
    {
        transfers++;
        status.Value |= why | ((running & ReadHost) != 0 ? passed ? ReadPassed : ReadFailed
            : (running & WriteHost) != 0 ? passed ? WritePassed : WriteFailed
            : passed ? CopyPassed : CopyFailed);
        Raise(kind.Value);
    }

    private void Raise(uint by)
    {
        status.Value |= Raised;
        if (by == 0) port.DriveLine(true);
        else if (number.Value - 1 < port.GrantedMessages) port.RaiseMessage((int)number.Value - 1);
    }

    // The polynomial of zip, without its last complement.
    private static uint ChecksumOf(ReadOnlySpan<byte> bytes) => ~Crc32.HashToUInt32(bytes);
}
