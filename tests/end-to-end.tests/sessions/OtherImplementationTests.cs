using Pcie.Emu.Listing;
using Pcie.Emu.Replay;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Sessions;

/// <summary>A session played against a device that is the recorded one, built otherwise: its transfers are cut into other TLPs.</summary>
public sealed class OtherImplementationTests : IDisposable
{
    private static readonly SessionReplayOptions Exact = new(Duration.FromMilliseconds(1)), Other = Exact with { OtherImplementation = true };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("scatter-gather")]
    [InlineData("vector-per-cause")]
    public void WhereAWriteIsSplitIsADifferenceOnlyToADeviceOfTheSameKind(string scenario)
    {
        var path = Record(scenario);

        var exact = Replay(path, scenario, Exact, Split);
        var other = Replay(path, scenario, Other, Split);

        Assert.Equal("length", Assert.Single(Assert.Single(exact.Differences).Fields).Name[..6]);
        Assert.Empty(other.Differences.Select(d => d.Summary));
        Assert.Equal((other.Recorded.Requests, other.Recorded.Speech), (other.Played, other.Alike));
    }

    [Fact]
    public void AByteThatDiffersIsFoundInTheWriteOfTheRecordingThatItIsIn()
    {
        var path = Record("vector-per-cause");
        var victim = Speech(path).Where(said => said.Tlp is { Kind: TlpKind.MemoryWrite, Length: > 1000 }).ElementAt(2);

        var difference = Assert.Single(Replay(path, "vector-per-cause", Other, (number, tlp, payload, instead) =>
        {
            if (number == victim.Number) payload[777] ^= 0x10;
            Split(number, tlp, payload, instead);
        }).Differences);

        Assert.Equal((DifferenceKind.Differs, victim.Number), (difference.Kind, difference.Expected!.Value.Number));
        Assert.Equal("data at byte 777", Assert.Single(difference.Fields).Name);
        Assert.StartsWith($"{TlpLine.NumberOf(victim)} is not as recorded", difference.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void AByteOfAHeaderThatIsNotItsTimeIsFound()
    {
        var path = Record("vector-per-cause");
        var header = Speech(path).First(said => said.Payload.Span.StartsWith("CHNK"u8));

        Assert.Empty(Replay(path, "vector-per-cause", Other, Changed(0x17)).Differences);
        Assert.Equal("data at byte 24", Assert.Single(Assert.Single(Replay(path, "vector-per-cause", Other, Changed(0x18)).Differences).Fields).Name);

        Tamper Changed(int at) => (number, tlp, payload, instead) =>
        {
            if (number == header.Number) payload[at] ^= 1;
            Split(number, tlp, payload, instead);
        };
    }

    [Fact]
    public void APieceThatIsLeftOutIsFoundThere()
    {
        var path = Record("vector-per-cause");
        var victim = Speech(path).First(said => said.Tlp is { Kind: TlpKind.MemoryWrite, Length: > 1000 });

        var difference = Assert.Single(Replay(path, "vector-per-cause", Other, (number, tlp, payload, instead) =>
        {
            if (number != victim.Number) Split(number, tlp, payload, instead);
            else instead.Add(tlp.Before(500), payload.AsSpan(0, 500));
        }).Differences);

        Assert.Equal(victim.Number, difference.Expected!.Value.Number);
        Assert.Contains(difference.Fields, field => field == new FieldDifference("length", $"{victim.Tlp.Length}", "500"));
    }

    [Theory]
    // What the recorded device asked for, and this one: each read's bytes.
    [InlineData(new[] { 4096 }, new[] { 1024, 1024, 2048 })]
    [InlineData(new[] { 1024, 1024, 2048 }, new[] { 4096 })]
    [InlineData(new[] { 512, 512, 512 }, new[] { 768, 256, 512 })]
    [InlineData(new[] { 10 }, new[] { 10 })]
    public void ReadsGetTheBytesThatTheRecordedHostGaveHoweverTheyAreCut(int[] recorded, int[] asked)
    {
        var reads = Reads(recorded);
        var bytes = Enumerable.Range(0, reads.Sum(read => read.Length)).Select(i => (byte)(i * 7 >> 2)).ToArray();
        var (said, answers) = (new List<Tlp>(), new List<byte>());
        using var expected = Expect(reads);
        var cut = new ReadCut(expected, one =>
        {
            said.Add(one.Tlp);
            expected.Take(0);
        }, (in Tlp completion, ReadOnlySpan<byte> payload) => answers.AddRange(payload));

        foreach (var read in Reads(asked)) Assert.True(cut.TryRead(new RecordedTlp(LinkDirection.DeviceToHost, 1, 0, read, default, null)));
        Assert.Empty(answers);
        foreach (var read in said)
            cut.Complete(Tlp.CompletionOf(read, CompletionStatus.Successful), bytes.AsSpan((int)(read.Address - Buffer), read.Length));

        Assert.Equal(reads.Select(read => (read.Address, read.Length)), said.Select(read => (read.Address, read.Length)));
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString([.. answers]));
        Assert.False(cut.IsUnfinished);
    }

    [Fact]
    public void AReadThatIsNotWhollyAskedForOrNotRecordedIsKnown()
    {
        using var expected = Expect(Reads([4096]));
        var cut = new ReadCut(expected, _ => expected.Take(0), (in Tlp _, ReadOnlySpan<byte> _) => Assert.Fail("Nobody has answered."));

        Assert.True(cut.TryRead(new RecordedTlp(LinkDirection.DeviceToHost, 1, 0, Reads([1024])[0], default, null)));
        Assert.False(cut.TryRead(new RecordedTlp(LinkDirection.DeviceToHost, 2, 0, Tlp.Request(TlpKind.MemoryRead, 0x5000, 64), default, null)));

        Assert.Equal(1024, Assert.Single(cut.TakeUnfinished()).Asked.Length);
    }

    private const ulong Buffer = 0x1_0000_0000;

    private static Tlp[] Reads(int[] lengths)
    {
        var at = Buffer;
        return [.. lengths.Select(length => Tlp.Request(TlpKind.MemoryRead, (at += (uint)length) - (uint)length, length))];
    }

    private ExpectedSpeech Expect(Tlp[] reads)
    {
        var path = folder["reads.tlps"];
        using (var writer = SessionWriter.Create(path, new SessionHead(Pacing.FreeRunning, LatencyRange.Default)))
        {
            var frame = new FramePool().Rent();
            foreach (var read in reads) frame.Add(read);
            writer.Record(frame, LinkDirection.DeviceToHost);
        }
        return new ExpectedSpeech(path, _ => true);
    }

    // Writes, into TLPs of 96 bytes and the rest.
    private static void Split(long number, Tlp tlp, byte[] payload, Frame instead)
    {
        var at = 0;
        for (; tlp.Kind == TlpKind.MemoryWrite && tlp.Length > 96; (tlp, at) = (tlp.From(96), at + 96))
            instead.Add(tlp.Before(96), payload.AsSpan(at, 96));
        instead.Add(tlp, payload.AsSpan(at));
    }

    private string Record(string scenario)
    {
        var path = folder[$"{scenario}.tlps"];
        new InProcessRun(new RunRequest(ShippedScenarios.PathOf(scenario), LinkKind.Inproc) { Duration = "2ms", RecordFile = path })
            .Execute(TestContext.Current.CancellationToken);
        return path;
    }

    private static List<RecordedTlp> Speech(string path)
    {
        using var cursor = new SessionCursor(path, recorded => recorded.Direction == LinkDirection.DeviceToHost);
        var speech = new List<RecordedTlp>();
        while (cursor.MoveNext()) speech.Add(cursor.Current.Keep());
        return speech;
    }

    private static ReplayReport Replay(string path, string scenario, SessionReplayOptions options, Tamper tamper)
    {
        var recorded = SessionSummary.Of(path);
        using var card = ReplayedCard.Create(recorded.Head, scenario, null);
        using var replay = new SessionReplay(path, recorded, new TamperingTransport(card.Transport, tamper), options);
        return replay.Run(TestContext.Current.CancellationToken);
    }
}
