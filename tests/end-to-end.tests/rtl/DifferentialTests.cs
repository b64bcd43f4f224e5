using Pcie.Emu.Running;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Rtl;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Scenario;
using Pcie.TestKit;
using Pcie.TestKit.Emulated;

namespace Pcie.EndToEnd.Tests.Rtl;

/// <summary>
/// One recorded session's host against both cards, transaction by transaction.
/// <code>
/// recording ── what the host said, and when ──► bench ──► card in C#      ──► its completions, its writes ─┐
///                                               bench ──► card in Verilog ──► its completions, its writes ─┴─ alike?
/// </code>
/// The cards differ in three things, on purpose: Verilog writes in bursts, which are put together again here; it is some clock cycles later; and so
/// is the time in a chunk's header.
/// </summary>
public sealed class DifferentialTests
{
    private const int HeaderTime = 0x10;

    private const int Later = 1000; // ns

    [Theory]
    [InlineData("rearm-race-level", "3ms")]
    [InlineData("coalesced-interrupts-drained", "5ms")]
    [InlineData("vector-per-cause-spread", "5ms")]
    [InlineData("dpc-storm-low", "60ms")]
    public async Task BothCardsSayTheSame(string scenario, string duration)
    {
        using var folder = new TemporaryFolder();
        var recording = folder["session"];
        var path = ShippedScenarios.PathOf(scenario);
        new InProcessRun(new RunRequest(path, LinkKind.Inproc) { Duration = duration, RecordFile = recording })
            .Execute(TestContext.Current.CancellationToken);
        var host = Read(recording, LinkDirection.HostToDevice);
        var file = ScenarioFile.Load(path);
        var run = RunScenario.Read(file);
        var place = new RtlPlace(await RtlBuild.DaqAsync(), Path.Combine(RtlBuild.Rtl, "daq", "daq.toml"), null);

        var expected = Said(CardKinds.DesignOf(file, run), host, folder["c-sharp"]);
        var seen = Said(CardKinds.DesignOf(ScenarioFile.Load(path), run, new CardInstead(Rtl: place)), host, folder["verilog"]);

        foreach (var kind in (TlpKind[])[TlpKind.Completion, TlpKind.MemoryWrite])
        {
            var (one, other) = (Joined(expected, kind), Joined(seen, kind));
            Assert.True(one.Count > 20);
            foreach (var (a, b) in one.Zip(other))
            {
                Assert.Equal((a.Tlp.Address, a.Tlp.Tag, a.Tlp.Status, Convert.ToHexString(WithoutTime(a.Payload))),
                    (b.Tlp.Address, b.Tlp.Tag, b.Tlp.Status, Convert.ToHexString(WithoutTime(b.Payload))));
                Assert.InRange((b.Tlp.SentAt - a.Tlp.SentAt).Nanoseconds, 0, Later);
            }
            Assert.Equal(one.Count, other.Count);
        }
    }

    [Theory]
    [InlineData("scatter-gather", "2ms")]
    [InlineData("coalesced-interrupts-drained", "5ms")]
    public async Task SessionOfEitherIsReplayedAgainstTheOther(string scenario, string duration)
    {
        using var folder = new TemporaryFolder();
        string[] verilog = ["--device", $"rtl:{await RtlBuild.DaqAsync()}", "--device-config", Path.Combine(RtlBuild.Rtl, "daq", "daq.toml")];
        foreach (var (recorded, other) in ((string[], string[])[])[(verilog, []), ([], verilog)])
        {
            string[] replay = ["replay", folder["session"], "--against", "inproc:", "--scenario", scenario, .. other];
            var ran = await RunningProgram.RunAsync("emu", ["run", scenario, "--duration", duration, "--record", folder["session"], .. recorded]);
            Assert.True(ran.Status == 0, ran.ToString());

            var alike = await RunningProgram.RunAsync("emu", [.. replay, "--other-implementation"]);
            Assert.Contains("no difference", alike.Output, StringComparison.Ordinal);
            // To the bus it is another card: the first long write is cut otherwise.
            Assert.Contains("is not as recorded: length", (await RunningProgram.RunAsync("emu", replay)).Output, StringComparison.Ordinal);

            var (number, length) = Spoil(folder["session"]);
            var found = await RunningProgram.RunAsync("emu", [.. replay, "--other-implementation"]);
            Assert.Contains($"DIFFERENCE  1: D{number} is not as recorded: data at byte {length - 1}\n", found.Output, StringComparison.Ordinal);
        }
    }

    // Another last byte in the first long write of the device in a recording.
    private static (long Number, int Length) Spoil(string path)
    {
        var spoilt = default(RecordedTlp);
        var pool = new FramePool();
        using var reader = SessionReader.Open(path);
        using (var writer = SessionWriter.Create($"{path}.spoilt", reader.Head))
        {
            while (reader.TryRead(out var one))
            {
                var frame = pool.Rent();
                var payload = one.Payload.ToArray();
                if (spoilt.Number == 0 && one is { Direction: LinkDirection.DeviceToHost, Tlp: { Kind: TlpKind.MemoryWrite, Length: > 32 } }
                    && payload.AsSpan(32).ContainsAnyExcept((byte)0))
                {
                    spoilt = one;
                    payload[^1] ^= 1;
                }
                frame.Add(one.Tlp, payload);
                writer.Record(frame, one.Direction);
                pool.Return(frame);
            }
        }
        File.Move($"{path}.spoilt", path, overwrite: true);
        return (spoilt.Number, spoilt.Tlp.Length);
    }

    private static List<RecordedTlp> Read(string path, LinkDirection direction)
    {
        var read = new List<RecordedTlp>();
        using var reader = SessionReader.Open(path);
        while (reader.TryRead(out var one))
            if (one.Direction == direction) read.Add(one.Keep());
        return read;
    }

    // Plays what the host said, at the times at which it said it.
    private static List<RecordedTlp> Said(CardDesign design, List<RecordedTlp> host, string path)
    {
        var options = new TestBenchOptions();
        using (var writer = SessionWriter.Create(path, new SessionHead(options.Pacing, options.Latency)))
        {
            using var bench = new TestBench(new RecordingTransport(new CardUnderTest(design).Attach(options), writer), null, options);
            foreach (var said in host)
            {
                if (said.Tlp.SentAt > bench.Now) bench.Wait(said.Tlp.SentAt - bench.Now);
                if (said.Tlp.IsNonPosted) bench.Begin(said.Tlp, said.Payload.Span);
                else bench.Post(said.Tlp, said.Payload.Span);
            }
        }
        return Read(path, LinkDirection.DeviceToHost);
    }

    // Writes that go on where the one before ended are one, with the time of the first.
    private static List<RecordedTlp> Joined(List<RecordedTlp> said, TlpKind kind)
    {
        var joined = new List<RecordedTlp>();
        foreach (var one in said.Where(one => one.Tlp.Kind == kind))
        {
            if (kind == TlpKind.MemoryWrite && joined.Count > 0 && joined[^1] is var last
                && last.Tlp.Address + (uint)last.Payload.Length == one.Tlp.Address)
                joined[^1] = last with { Payload = (byte[])[.. last.Payload.Span, .. one.Payload.Span] };
            else joined.Add(one);
        }
        return joined;
    }

    private static byte[] WithoutTime(ReadOnlyMemory<byte> payload)
    {
        var bytes = payload.ToArray();
        if (payload.Span.StartsWith("CHNK"u8)) bytes.AsSpan(HeaderTime, sizeof(long)).Clear();
        return bytes;
    }
}
