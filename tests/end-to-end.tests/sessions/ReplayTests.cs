using System.IO.Hashing;
using CsCheck;
using Pcie.Emu.Listing;
using Pcie.Emu.Replay;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Bus;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Sessions;

/// <summary>A recorded session played against devices: the same, a changed one, and broken ones.</summary>
public sealed class ReplayTests : IDisposable
{
    private static readonly SessionReplayOptions Patient = new(Duration.FromMilliseconds(50));

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> FreeRunning => [.. ShippedScenarios.FreeRunning.Select(run => run.Name)];

    [Theory]
    [MemberData(nameof(FreeRunning))]
    public void AgainstTheSameCardThereIsNoDifferenceNotEvenInTime(string scenario)
    {
        var path = Record(scenario, "20ms");

        var report = Replay(path, scenario, Patient with { Times = true });

        Assert.Empty(report.Differences.Select(d => d.Summary));
        Assert.Equal((report.Recorded.Requests, report.Recorded.Speech), (report.Played, report.Alike));
        Assert.True(report.Alike > 30);
    }

    [Fact]
    public void AnotherSeedOfTheSourceIsFoundInTheFirstChunkHeader()
    {
        var path = Record("vector-per-cause", "5ms");
        var header = Speech(path).First(said => said.Payload.Span.StartsWith("CHNK"u8));

        var difference = Assert.Single(Replay(path, "vector-per-cause", Patient, seed: 6).Differences);

        Assert.Equal((DifferenceKind.Differs, header.Number), (difference.Kind, difference.Expected!.Value.Number));
        // When the chunk was complete: i64 at 0x10 of the header.
        Assert.StartsWith("data at byte 16", Assert.Single(difference.Fields).Name, StringComparison.Ordinal);
        Assert.Contains("SOURCE_CONTROL  = 0x00000001", difference.Before[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void ACardBuiltOtherwiseIsFoundAtTheRegisterThatSaysSo()
    {
        var path = Record("vector-per-cause", "5ms");
        var other = Changed("vector-per-cause", "chunk = \"16 KiB\"", "chunk = \"8 KiB\"");

        var difference = Assert.Single(Replay(path, other, Patient).Differences);

        Assert.EndsWith("BAR 0 CHUNK_SIZE  = 0x00004000", difference.Lines.Expected, StringComparison.Ordinal);
        Assert.EndsWith("BAR 0 CHUNK_SIZE  = 0x00002000", difference.Lines.Seen, StringComparison.Ordinal);
        Assert.Equal([new FieldDifference("data", "0x00004000", "0x00002000")], difference.Fields);
    }

    [Fact]
    public void ASlowerCardIsWaitedForAndDiffersInNothingButTimeAndWhatItSaysOfTime()
    {
        var path = Record("vector-per-cause", "5ms");
        var slower = Changed("vector-per-cause", "bandwidth = \"400 MB/s\"", "bandwidth = \"200 MB/s\"");

        var alike = Replay(path, slower, Patient with { IgnoreData = true });
        var timed = Replay(path, slower, Patient with { IgnoreData = true, Times = true });

        Assert.Empty(alike.Differences.Select(d => d.Summary));
        Assert.Equal(alike.Recorded.Requests, alike.Played);
        Assert.Equal("time", Assert.Single(Assert.Single(timed.Differences).Fields).Name);
    }

    [Theory]
    [InlineData("scatter-gather", "2ms")]
    [InlineData("coalesced-interrupts-drained", "8ms")]
    public void WhateverADeviceSaysOtherwiseIsFoundThere(string scenario, string duration)
    {
        var path = Record(scenario, duration);
        var speech = Speech(path);
        Assert.True(speech.Count > 100);
        // Shorter than a period: the next message, which is the very same, cannot pass for the one that is missing.
        var quick = new SessionReplayOptions(Duration.FromMicroseconds(50));
        foreach (var victim in speech)
            foreach (var how in (ReadOnlySpan<Otherwise>)[Otherwise.OtherData, Otherwise.Abort, Otherwise.OtherAddress, Otherwise.Nothing])
            {
                if (how == Otherwise.OtherData && !victim.Tlp.HasPayload) continue;
                if (how == Otherwise.Abort && victim.Tlp.Kind != TlpKind.Completion) continue;
                var report = Replay(path, scenario, quick, tamper: (number, tlp, payload, instead) =>
                {
                    if (number != victim.Number) instead.Add(tlp, payload);
                    else if (how == Otherwise.OtherData) instead.Add(tlp, [.. payload.Select(b => (byte)~b)]);
                    else if (how == Otherwise.Abort) instead.Add(tlp with { Status = CompletionStatus.CompleterAbort, Length = 0 }, default);
                    else if (how == Otherwise.OtherAddress) instead.Add(tlp with { Address = tlp.Address + 0x40_0000_0000 }, payload);
                });

                var difference = Assert.Single(report.Differences);
                Assert.True(difference.Expected is not null, $"{how} {TlpLine.NumberOf(victim)}: {report.ToText("")}");
                var expected = difference.Expected.Value;
                // Where the next is the very same, the one or the other is missing.
                Assert.Equal((how, victim.Tlp.Kind, victim.Tlp.Address, Convert.ToHexString(victim.Payload.Span)),
                    (how, expected.Tlp.Kind, expected.Tlp.Address, Convert.ToHexString(expected.Payload.Span)));
                if (difference.Kind == DifferenceKind.Differs) Assert.Equal(victim.Number, expected.Number);
                Assert.Equal(how == Otherwise.Nothing, difference.Kind == DifferenceKind.Missing);
            }
    }

    [Fact]
    public void AMessageAheadOfTheDataThatItAnnouncesIsFound()
    {
        var path = Record("vector-per-cause", "2ms");
        var message = Speech(path).First(said => said.Tlp.Address == 0xFEE0_0000);
        (Tlp Tlp, byte[] Payload)? held = null;

        var report = Replay(path, "vector-per-cause", Patient, tamper: (number, tlp, payload, instead) =>
        {
            // The header waits until the message has gone.
            if (number == message.Number - 1) held = (tlp, payload);
            else instead.Add(tlp, payload);
            if (number == message.Number) instead.Add(held!.Value.Tlp, held.Value.Payload);
        });

        var difference = Assert.Single(report.Differences);
        Assert.Equal((DifferenceKind.Missing, message.Number - 1), (difference.Kind, difference.Expected!.Value.Number));
        Assert.Contains("MSI to CPU 0", difference.Lines.Seen, StringComparison.Ordinal);
        Assert.EndsWith("is missing: something came that the recording has later", difference.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void AMessageThatComesTwiceIsFound()
    {
        var path = Record("vector-per-cause", "2ms");
        var message = Speech(path).First(said => said.Tlp.Address == 0xFEE0_0000);

        var report = Replay(path, "vector-per-cause", Patient with { MaxDifferences = 100 }, tamper: (number, tlp, payload, instead) =>
        {
            instead.Add(tlp, payload);
            if (number == message.Number) instead.Add(tlp, payload);
        });

        var difference = Assert.Single(report.Differences);
        Assert.Equal((DifferenceKind.Extra, message.Number + 1), (difference.Kind, difference.Seen!.Value.Number));
        Assert.Contains("MSI to CPU 0", difference.Lines.Seen, StringComparison.Ordinal);
        Assert.Equal(report.Recorded.Speech, report.Alike);
    }

    [Fact]
    public void AnAnswerWithAnotherTagAnswersNothing()
    {
        var path = Record("vector-per-cause", "1ms");
        var answer = Speech(path)[4];

        var report = Replay(path, "vector-per-cause", Patient with { MaxDifferences = 2 }, tamper: (number, tlp, payload, instead) =>
            instead.Add(number == answer.Number ? tlp with { Tag = 900 } : tlp, payload));

        Assert.Equal([DifferenceKind.Extra, DifferenceKind.Missing], report.Differences.Select(d => d.Kind));
        Assert.Equal(answer.Number, report.Differences[1].Expected!.Value.Number);
        Assert.EndsWith("it did not come within 50 ms", report.Differences[1].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void ADeviceThatFallsSilentIsWaitedForAndEverythingItDoesNotSayIsMissing()
    {
        var path = Record("vector-per-cause", "1ms");
        var speech = Speech(path).Count;

        var report = Replay(path, "vector-per-cause", Patient with { MaxDifferences = int.MaxValue }, tamper: (number, tlp, payload, instead) =>
        {
            if (number <= 10) instead.Add(tlp, payload);
        });

        Assert.Equal(speech - 10, report.Differences.Count);
        Assert.All(report.Differences, d => Assert.Equal(DifferenceKind.Missing, d.Kind));
        Assert.Equal((report.Recorded.Requests, 10), (report.Played, report.Alike));
    }

    [Fact]
    public void ADeviceThatTakesFramesAndAnswersNoneIsLeft()
    {
        var path = Record("vector-per-cause", "1ms");
        var (host, _) = InProcessTransport.CreatePair();
        using var replay = new SessionReplay(path, SessionSummary.Of(path), new PatientTransport(host, TimeSpan.FromMilliseconds(100)), Patient);

        var difference = Assert.Single(replay.Run(TestContext.Current.CancellationToken).Differences);

        Assert.Equal(DifferenceKind.LinkDown, difference.Kind);
        Assert.Contains("has answered none for 0.1 s", difference.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void ADeviceThatIsPulledOutIsADifference()
    {
        var path = Record("vector-per-cause", "1ms");
        using var card = ReplayedCard.Create(SessionSummary.Of(path).Head, "vector-per-cause", null);
        using var replay = new SessionReplay(path, SessionSummary.Of(path), new TamperingTransport(card.Transport, (number, tlp, payload, instead) =>
        {
            if (number == 20) card.Transport.Close(new LinkDown(LinkDownReason.PeerGone, "pulled out"));
            instead.Add(tlp, payload);
        }), Patient);

        var report = replay.Run(TestContext.Current.CancellationToken);

        Assert.Equal(DifferenceKind.LinkDown, report.Differences[^1].Kind);
        Assert.Contains("pulled out", report.Differences[^1].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void OfACutPayloadTheRestIsComparedByItsHash()
    {
        var path = folder["cut.tlps"];
        Record("vector-per-cause", "2ms", path, payload: 8);
        var victim = Speech(path).First(said => said.Hash is not null);

        var same = Replay(path, "vector-per-cause", Patient);
        var other = Replay(path, "vector-per-cause", Patient, tamper: (number, tlp, payload, instead) =>
        {
            if (number == victim.Number) payload[5_000] ^= 1;
            instead.Add(tlp, payload);
        });

        Assert.Empty(same.Differences);
        var difference = Assert.Single(other.Differences);
        Assert.Equal(victim.Number, difference.Expected!.Value.Number);
        Assert.Equal("data after byte 7, by its hash", Assert.Single(difference.Fields).Name);
    }

    [Fact]
    public void ByTheWallClockTheHostGoesOnAsTheDeviceAnswers()
    {
        var path = folder["wall.tlps"];
        var head = new SessionHead(Pacing.WallClock, LatencyRange.Default) { VendorId = 0xFDA0, DeviceId = 0xDA01 };
        using (var card = ReplayedCard.Create(head, null, null))
        using (var recording = new RecordingTransport(card.Transport, SessionWriter.Create(path, head)))
        {
            var host = new ModelledHost(recording, Pacing.WallClock);
            host.Enable();
            for (var i = 0u; i < 20; i++)
            {
                host.Post(Tlp.Request(TlpKind.MemoryWrite, ModelledHost.Bar0 + CardRegister.At("SCRATCH"), 4), BitConverter.GetBytes(i));
                Assert.Equal(i, host.Read(ModelledHost.Bar0 + CardRegister.At("SCRATCH")));
            }
        }

        var patience = new SessionReplayOptions(Duration.FromSeconds(60));
        Assert.Empty(Replay(path, null, patience).Differences.Select(d => d.Summary));
        var difference = Assert.Single(Replay(path, null, patience, tamper: (number, tlp, payload, instead) =>
            instead.Add(tlp, number == 12 ? [0xFF, 0xFF, 0xFF, 0xFF] : payload)).Differences);
        Assert.Equal(12, difference.Expected!.Value.Number);
    }

    [Fact]
    public void WhateverARecordingSaysItIsRefusedOrListedAndReplayed()
    {
        var bytes = File.ReadAllBytes(Record("scatter-gather", "1ms", payload: 8));
        var head = 16 + BitConverter.ToInt32(bytes, 12) + 8;
        var (first, length) = (head + 16, BitConverter.ToInt32(bytes, head));
        Assert.Equal(bytes.Length, first + length);
        var replayed = 0;
        Gen.Select(Gen.Int[0, length - 1], Gen.Byte).Array[1, 3].Sample(changes =>
        {
            var spoilt = bytes.ToArray();
            foreach (var (place, value) in changes) spoilt[first + place] = value;
            var hash = XxHash3.HashToUInt64(spoilt.AsSpan(first, length), BitConverter.ToInt64(spoilt, head));
            BitConverter.TryWriteBytes(spoilt.AsSpan(head + 8), hash);
            var path = folder["spoilt.tlps"];
            File.WriteAllBytes(path, spoilt);
            try
            {
                var recorded = SessionSummary.Of(path);
                var map = new BusMap(CardRegisters.Find(recorded.Head.VendorId, recorded.Head.DeviceId));
                foreach (var tlp in SessionOrder.Read(path, recorded.Head))
                {
                    map.Learn(tlp);
                    Assert.NotEmpty(TlpLine.Of(tlp, map, 16));
                }
                // A time of years is replayed, but not in a test.
                if (SimTime.Max(recorded.Last, recorded.EndOfRun ?? SimTime.Zero) > new SimTime(20_000_000)) return;
                Replay(path, "scatter-gather", new SessionReplayOptions(Duration.FromMicroseconds(20)) { MaxDifferences = 50 });
                replayed++;
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith("Byte ", e.Message, StringComparison.Ordinal);
            }
        }, iter: 1_000, threads: 1);
        Assert.True(replayed > 50, $"Only {replayed} were replayed: the others were refused.");
    }

    private enum Otherwise
    {
        OtherData,
        Abort,
        OtherAddress,
        Nothing,
    }

    private string Record(string scenario, string duration, string? path = null, int payload = SessionHead.WholePayloads)
    {
        path ??= folder[$"{scenario}.tlps"];
        new InProcessRun(new RunRequest(ShippedScenarios.PathOf(scenario), LinkKind.Inproc)
        {
            Duration = duration, RecordFile = path, RecordPayload = payload,
        }).Execute(TestContext.Current.CancellationToken);
        return path;
    }

    private string Changed(string scenario, string text, string by)
    {
        var whole = File.ReadAllText(ShippedScenarios.PathOf(scenario));
        Assert.Contains(text, whole, StringComparison.Ordinal);
        return folder.Write($"{scenario}-changed.toml", whole.Replace(text, by, StringComparison.Ordinal));
    }

    /// <summary>Everything that the device says in a recording, in order.</summary>
    private static List<RecordedTlp> Speech(string path)
    {
        using var cursor = new SessionCursor(path, recorded => recorded.Direction == LinkDirection.DeviceToHost);
        var speech = new List<RecordedTlp>();
        while (cursor.MoveNext()) speech.Add(cursor.Current.Keep());
        return speech;
    }

    private static ReplayReport Replay(string path, string? scenario, SessionReplayOptions options, ulong? seed = null, Tamper? tamper = null)
    {
        var recorded = SessionSummary.Of(path);
        using var card = ReplayedCard.Create(recorded.Head, scenario, seed);
        var transport = tamper is null ? card.Transport : new TamperingTransport(card.Transport, tamper);
        using var replay = new SessionReplay(path, recorded, transport, options);
        return replay.Run(TestContext.Current.CancellationToken);
    }
}
