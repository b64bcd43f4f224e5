using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Core;
using Pcie.Attach;
using Pcie.Control.Wire;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Pci.Config;
using Pcie.TestKit;
using Pcie.Time;

namespace Pcie.Emu.Access;

/// <summary>
/// What can be had of a card that has no back door: a host attaches to it, as after power-on, and looks by requests over the bus. Reads have their
/// side effects, on a device that nobody else has.
/// </summary>
internal sealed class BusControl : CardControl.CardControlClient, IDisposable
{
    private readonly TestBench bench;
    private readonly AttachedDevice device;

    private BusControl(AttachedDevice device, LinkUri uri) : base(new RefusingInvoker(WhyNot(uri)))
    {
        this.device = device;
        bench = new TestBench(device.Transport, options: new TestBenchOptions { Pacing = PacingOf(uri) });
        bench.Enumerate();
    }

    /// <summary>Why there is no control service, and what there is instead.</summary>
    public static string WhyNot(LinkUri uri) =>
        $"{uri} is a device of others and has no back door: no counters, no faults, no registers by its own names. emu lspci, and emu regs, peek "
        + "and poke by BAR and offset or by the names of --map FILE, go over the bus.";

    /// <summary>Attaches.</summary>
    public static BusControl Open(LinkUri uri)
    {
        var options = new ConnectOptions($"emu on {Environment.MachineName}", PacingOf(uri), LatencyRange.Default);
        return new BusControl(HostAttachment.AttachAsync(uri, options, twoThreads: false, CancellationToken.None).GetAwaiter().GetResult(), uri);
    }

    private static Pacing PacingOf(LinkUri uri) => HostAttachment.IsByWallClock(uri) ? Pacing.WallClock : Pacing.FreeRunning;

    /// <inheritdoc/>
    public override AsyncUnaryCall<CardDescription> DescribeAsync(
        DescribeRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
    {
        var description = new CardDescription { Name = device.Name, VendorId = device.VendorId, DeviceId = device.DeviceId };
        description.Bars.AddRange(bench.Bars.Select(bar => new BarDescription { Number = (uint)bar.Number, Size = bar.Size }));
        return Answer(description);
    }

    /// <inheritdoc/>
    public override AsyncUnaryCall<RegisterValue> PeekAsync(
        PeekRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
    {
        if (request.Place is not { } place) return base.PeekAsync(request, headers, deadline, cancellationToken);
        return Answer(Read(place));
    }

    /// <inheritdoc/>
    public override AsyncUnaryCall<RegisterValue> PokeAsync(
        PokeRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
    {
        if (request.Place is not { } place) return base.PokeAsync(request, headers, deadline, cancellationToken);
        bench.WriteMemory(AddressOf(place), request.Value, sizeof(uint));
        return Answer(Read(place));
    }

    /// <inheritdoc/>
    public override AsyncUnaryCall<Control.Wire.ConfigSpace> ReadConfigAsync(
        ReadConfigRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
    {
        var bytes = new byte[ConfigLayout.Size];
        for (var offset = 0; offset < bytes.Length; offset += sizeof(uint))
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), bench.Config.Read(offset));
        return Answer(new Control.Wire.ConfigSpace { Bytes = ByteString.CopyFrom(bytes) });
    }

    public void Dispose() => bench.Dispose();

    private RegisterValue Read(Control.Wire.RegisterPlace place)
    {
        var answer = bench.ReadMemory(AddressOf(place), sizeof(uint));
        if (!answer.IsSuccessful) throw new RpcException(new Status(StatusCode.NotFound, $"BAR {place.Bar} has nothing at 0x{place.Offset:X}."));
        return new RegisterValue { Bar = place.Bar, Offset = place.Offset, Value = answer.Value };
    }

    private ulong AddressOf(Control.Wire.RegisterPlace place) =>
        bench.Bars.Where(bar => bar.Number == place.Bar && place.Offset < bar.Size && place.Offset % sizeof(uint) == 0)
            .Select(bar => (ulong?)bar.Address + place.Offset).FirstOrDefault() ?? throw new RpcException(new Status(StatusCode.NotFound,
            $"There is no register at {place.Bar}:0x{place.Offset:X}; expected "
            + $"{string.Join(", ", bench.Bars.Select(bar => $"BAR {bar.Number} of 0x{bar.Size:X} bytes"))}, and a multiple of 4."));

    private static AsyncUnaryCall<T> Answer<T>(T message) => new(Task.FromResult(message), Task.FromResult(new Metadata()),
        () => Status.DefaultSuccess, () => [], () => { });
}
