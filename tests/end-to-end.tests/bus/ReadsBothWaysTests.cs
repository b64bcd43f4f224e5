using System.Buffers.Binary;
using Pcie.Control.Wire;
using Pcie.Emulator.Control;
using Pcie.Emulator.Device;
using Pcie.Emulator.Function;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.EndToEnd.Tests.Bus;

/// <summary>
/// The device reads host memory while every processor of the host waits for a register of the device. Neither waits for the other.
/// </summary>
public sealed class ReadsBothWaysTests
{
    private const int ReadsOfEach = 200;
    private const int Words = 64;

    [Fact]
    public void OverADirectLink()
    {
        var deviceEnd = new DirectTransport();
        var slot = new Slot(deviceEnd, Pacing.FreeRunning, ModelledHost.Latency);
        var hostEnd = deviceEnd.CreateHostEnd(slot.Session.ServePending);

        ReadBothWays(hostEnd, Pacing.FreeRunning);

        AssertOverlapped(slot.Device);
    }

    [Theory]
    [InlineData(Pacing.FreeRunning)]
    [InlineData(Pacing.WallClock)]
    public void BetweenTwoThreads(Pacing pacing)
    {
        var (hostEnd, deviceEnd) = InProcessTransport.CreatePair();
        var slot = new Slot(deviceEnd, pacing, ModelledHost.Latency);
        var engine = new Thread(() => slot.Session.Run(CancellationToken.None)) { IsBackground = true };
        engine.Start();
        using (hostEnd) ReadBothWays(hostEnd, pacing);
        engine.Join();

        if (pacing == Pacing.FreeRunning) AssertOverlapped(slot.Device);
    }

    [Theory]
    [InlineData(Pacing.FreeRunning)]
    [InlineData(Pacing.WallClock)]
    public async Task OverGrpc(Pacing pacing)
    {
        var engine = new Engine();
        await using var server = await LinkServer.StartAsync(
            new LinkServerOptions(LinkUri.Parse("http://127.0.0.1:0")), new AttachService(engine, new AttachOptions()), new Nothing(),
            TestContext.Current.CancellationToken);
        using var transport = await HostConnector.ConnectAsync(
            server.Address, new ConnectOptions("test", pacing, ModelledHost.Latency), TestContext.Current.CancellationToken);

        ReadBothWays(transport, pacing);

        if (pacing == Pacing.FreeRunning) AssertOverlapped(engine.Fetching!);
    }

    private static void ReadBothWays(ILinkTransport transport, Pacing pacing)
    {
        var host = new ModelledHost(transport, pacing, processors: 2);
        host.Enable();
        var memory = host.Root.Memory.Allocate(Words * 4);
        for (var i = 0; i < Words; i++) BinaryPrimitives.WriteUInt32LittleEndian(memory.Span[(i * 4)..], Word(i));
        host.Root.WriteMemory(ModelledHost.Bar0 + FetchingDevice.Address, 8, memory.Address);

        host.Run(Read, async () =>
        {
            // Out of step with the other one, so that each asks while the device waits for what the other made it ask for.
            await host.Work(new Duration(ModelledHost.Latency.Nanoseconds / 2));
            await Read();
        });

        Assert.Equal(2 * ReadsOfEach, host.ReadsWhileWaiting);
        Assert.Equal(2u * ReadsOfEach, host.Read(ModelledHost.Bar0 + FetchingDevice.Fetched));
        Assert.Equal(Enumerable.Range(0, 2 * ReadsOfEach).Aggregate(0u, (sum, i) => sum + Word(i)),
            host.Read(ModelledHost.Bar0 + FetchingDevice.Sum));
        Assert.Equal(0, host.Root.Counters.FailedReads + host.Root.Memory.Undecoded + host.Root.Requester.TimedOut);

        async ValueTask Read()
        {
            for (var i = 0; i < ReadsOfEach; i++) await host.Root.ReadMemory(ModelledHost.Bar0 + FetchingDevice.Fetch, 4);
        }
    }

    private static void AssertOverlapped(FetchingDevice device) =>
        Assert.True(device.ReadWhileWaiting >= ReadsOfEach / 2, $"{device.ReadWhileWaiting} of {2 * ReadsOfEach}");

    private static uint Word(int index) => 0x0101_0101u * (uint)(index % Words + 1);

    /// <summary>Each read of FETCH makes it fetch the next word of host memory.</summary>
    private sealed class FetchingDevice(IDevicePort port) : IDevice, IRequestCompleter
    {
        public const uint Address = 0x0;
        public const uint Fetch = 0x8;
        public const uint Fetched = 0xC;
        public const uint Sum = 0x10;

        private ulong address;
        private uint asked;
        private uint fetched;
        private uint sum;

        public static DeviceIdentity Identity { get; } = new()
        {
            Name = "fetcher", VendorId = 0x1234, DeviceId = 0x5678, ClassCode = 0x118000, SubsystemVendorId = 0, SubsystemId = 0, Bars = [4096],
        };

        /// <summary>Reads of FETCH that came while a fetch was under way.</summary>
        public int ReadWhileWaiting { get; private set; }

        public uint ReadBar(int bar, uint offset, byte byteEnables) => offset switch
        {
            Fetch => FetchNext(),
            Fetched => fetched,
            Sum => sum,
            _ => 0,
        };

        public void WriteBar(int bar, uint offset, uint value, byte byteEnables)
        {
            if (offset == Address) address = address & 0xFFFF_FFFF_0000_0000 | value;
            if (offset == Address + 4) address = address & 0xFFFF_FFFF | (ulong)value << 32;
        }

        public void Reset() => (address, asked, fetched, sum) = (0, 0, 0, 0);

        public void RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes)
        {
            fetched++;
            if (outcome == RequestOutcome.Successful) sum += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }

        private uint FetchNext()
        {
            if (asked > fetched) ReadWhileWaiting++;
            port.ReadHost(address + asked++ % Words * 4, 4, this, 0);
            return asked;
        }
    }

    /// <summary>The device in its function, with an engine.</summary>
    private sealed class Slot
    {
        public Slot(ILinkTransport transport, Pacing pacing, Duration latency)
        {
            var timeline = new Timeline();
            Session = new DeviceSession(timeline, transport, new LinkSessionOptions(pacing, latency));
            var port = new DevicePort(FetchingDevice.Identity, timeline, new Tracer(timeline, TraceSide.Device), Duration.FromSeconds(60), Session);
            Device = new FetchingDevice(port);
            Session.Receiver = new PciFunction(port, Device);
        }

        public FetchingDevice Device { get; }
        public DeviceSession Session { get; }
    }

    private sealed class Engine : IDeviceEngine
    {
        public FetchingDevice? Fetching { get; private set; }

        public DeviceName Device { get; } = new("fetcher", 0x1234, 0x5678);

        public void Run(DeviceAttachment attachment)
        {
            var slot = new Slot(attachment.Transport, attachment.Pacing, ModelledHost.Latency);
            Fetching = slot.Device;
            slot.Session.Run(CancellationToken.None);
        }
    }

    /// <summary>Nobody looks into this card.</summary>
    private sealed class Nothing : ICardInspector
    {
        public CardDescription Describe() => new();
        public RegisterValue Peek(RegisterName register) => throw new CardInspectionException(true, "There is no register.");
        public RegisterValue Poke(RegisterName register, ulong value) => throw new CardInspectionException(true, "There is no register.");
        public ConfigSpace ReadConfig() => new();
        public void InjectFault(InjectFaultRequest request) => throw new CardInspectionException(false, "Nothing here can fail.");

        public Statistics GetStatistics() => new();
        public IEnumerable<TraceBlock> GetTrace() => [];
    }
}
