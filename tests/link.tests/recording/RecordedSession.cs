using CsCheck;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Tests.Recording;

/// <summary>Sessions to record, and recordings in memory.</summary>
internal static class RecordedSession
{
    public static readonly SessionHead Head = new(Pacing.FreeRunning, new Duration(500))
    {
        HostName = "driver on här", DeviceName = "a card", VendorId = 0x1234, DeviceId = 0x5678, Note = "late-dpc, seed 112",
    };

    public static readonly LinkDown Detached = new(LinkDownReason.Detached, "The run is over.");

    /// <summary>Frames of both directions, as they came.</summary>
    public static Gen<(LinkDirection Direction, Frame Frame)[]> Frames { get; } = Gen.Bool.SelectMany(host =>
    {
        var direction = host ? LinkDirection.HostToDevice : LinkDirection.DeviceToHost;
        return WireGen.Frame(direction).Select(wire => (direction, WireGen.FrameOf(wire)));
    }).Array[0, 12];

    public static byte[] Record(IEnumerable<(LinkDirection Direction, Frame Frame)> frames, SessionHead? head = null, LinkDown? down = null,
        long limit = SessionWriter.DefaultLimit)
    {
        var file = new MemoryStream();
        using (var writer = new SessionWriter(file, head ?? Head, limit))
        {
            foreach (var (direction, frame) in frames) writer.Record(frame, direction);
            writer.End(down ?? Detached);
        }
        return file.ToArray();
    }

    /// <summary>A read of a register, its answer, and a long write of the device: what most tests need.</summary>
    public static byte[] Small()
    {
        var (asks, answers) = (new Frame(), new Frame());
        var read = Tlp.Request(TlpKind.MemoryRead, 0xE000_0020, 4, tag: 7) with { SentAt = new SimTime(1_000) };
        asks.Add(read, default);
        answers.Add(Tlp.CompletionOf(read, CompletionStatus.Successful) with { SentAt = new SimTime(1_500) }, [1, 2, 3, 4]);
        answers.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000_0000, 64) with { SentAt = new SimTime(2_000) }, new byte[64]);
        return Record([(LinkDirection.HostToDevice, asks), (LinkDirection.DeviceToHost, answers)]);
    }

    /// <summary>Every TLP, kept.</summary>
    public static (List<RecordedTlp> Tlps, SessionReader Reader) Read(byte[] bytes)
    {
        var reader = new SessionReader(new MemoryStream(bytes));
        var tlps = new List<RecordedTlp>();
        while (reader.TryRead(out var recorded)) tlps.Add(recorded.Keep());
        return (tlps, reader);
    }
}
