using System.Buffers;
using Pcie.Control;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Codec;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Scenario;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>The frames of a real run, as they are on the wire.</summary>
internal static class RealFrames
{
    private const int Kept = 400;

    private static readonly string LateDpc = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "scenarios", "late-dpc.toml"));

    private static readonly Lazy<(byte[][] Host, byte[][] Device)> Recorded = new(Record);

    public static byte[][] FromHost => Recorded.Value.Host;

    public static byte[][] FromDevice => Recorded.Value.Device;

    public static byte[] BytesOf(Frame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        FrameCodec.Write(frame, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Runs the scenario over a host's end of a link that the caller wraps.</summary>
    public static RunReport Run(string duration, Func<ILinkTransport, ILinkTransport> wrap)
    {
        // A scenario notes what has been read of it, and campaigns run side by side: each run has its own.
        var scenario = ScenarioFile.Parse(LateDpc, "late-dpc.toml");
        var host = HostScenario.Read(scenario).With(null, duration);
        var run = host.Run;
        var deviceEnd = new DirectTransport();
        using var card = new EmulatedCard(CardDesign.Daq(DaqCardOptions.Read(scenario, run.Seed)), deviceEnd,
            new LinkSessionOptions(run.Pacing, run.LinkLatency), run.CompletionTimeout);
        var hostEnd = deviceEnd.CreateHostEnd(card.Session.ServePending);
        return new HostRun(host, wrap(hostEnd), output: null).Execute("inproc",
            () => CardStatistics.Of(card.GetStatistics()), CancellationToken.None);
    }

    private static (byte[][] Host, byte[][] Device) Record()
    {
        var (host, device) = (new List<byte[]>(), new List<byte[]>());
        Run("200ms", inner => new Tap(inner, frame => Keep(host, frame), frame =>
        {
            Keep(device, frame);
            return frame;
        }));
        return ([.. host], [.. device]);

        static void Keep(List<byte[]> list, Frame frame)
        {
            if (list.Count < Kept) list.Add(BytesOf(frame));
        }
    }

    /// <summary>Sees what a host sends, and changes what it receives.</summary>
    internal sealed class Tap(ILinkTransport inner, Action<Frame> sent, Func<Frame, Frame?> received) : ILinkTransport
    {
        public FramePool Pool => inner.Pool;

        public LinkDown? Down => inner.Down;

        public long FramesDiscarded => inner.FramesDiscarded;

        public void Send(Frame frame)
        {
            sent(frame);
            inner.Send(frame);
        }

        public Frame? Receive(TimeSpan timeout) => inner.Receive(timeout) is { } frame ? received(frame) : null;

        public void Close(LinkDown reason) => inner.Close(reason);

        public void Wake() => inner.Wake();

        public void Dispose() => inner.Dispose();
    }
}
