using System.Globalization;
using System.Security.Cryptography;
using Pcie.Control.Wire;
using Pcie.DriverModel.Daq;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Control;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Hosting;
using Pcie.Time;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// What goes wrong with hardware, in mid-stream and on a real kernel: no interrupt comes before the end; a message is lost, or comes twice; reads are
/// answered with an error; the card is reset; it is gone. What the driver does, and what it knows afterwards, add up with what the card has counted.
/// </summary>
internal sealed class FaultsTest : GuestTest
{
    private const string Question = "guest: fault ", Mute = "guest: mute", Speak = "guest: speak", SpeakOfThree = "guest: three and speak";
    private const int Chunk = 4096, Chunks = 500, FailedReads = 20, ShortRing = 4;

    // DPC_BUDGET of pcie_daq.c.
    private const int DpcBudget = 32;

    // For the source to end, and the reader to look after that.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly byte[] file = RandomNumberGenerator.GetBytes(Chunk * Chunks);

    public override string Name => "faults";

    public override string Summary =>
        "No interrupt before the end, messages lost and doubled, failing reads, a reset and a removal: what the driver does, and its account.";

    public override CardDesign CreateCard(string folder) =>
        FileCard.Create(Path.Combine(folder, "faults.bin"), file, Chunk, Duration.FromMilliseconds(2), Chunks);

    /// <inheritdoc/>
    public override string? Answer(string line, CardHost card)
    {
        if (line == Mute)
        {
            // The last word is one of nothing.
            card.Poke(new RegisterName("INT_TEST", 0, 0), Bit(Cause.Test));
            card.Poke(new RegisterName("INT_ENABLE", 0, 0), 0);
            return "go on";
        }
        if (line == Speak)
        {
            EndUnheard(card);
            return "go on";
        }
        if (line == SpeakOfThree)
        {
            SpinWait.SpinUntil(() => card.Peek(new RegisterName("DMA_HEAD", 0, 0)).Value >= 3, Patience);
            SaySomething(card);
            return "go on";
        }
        if (!line.StartsWith(Question, StringComparison.Ordinal)) return null;
        var kind = line[Question.Length..].Trim();
        card.InjectFault(new InjectFaultRequest { Kind = kind, Count = kind == "completion-error" ? FailedReads : 0u });
        return "go on";
    }

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var whole = Convert.ToHexStringLower(SHA256.HashData(file));
        CheckMute(guest, whole, verdict);
        CheckShortRings(guest, verdict);
        foreach (var name in (string[])["msi-dropped", "msi-duplicated", "completion-error"])
        {
            var figures = guest.Numbers($"{name}.figures");
            verdict.Equal($"{name}: SHA-256 of the copy", whole, guest.Text($"{name}.sha256"));
            verdict.Equal($"{name}: status of the reader", 0L, figures["reader"]);
            DriverAccount.Check(name, figures, verdict);
            verdict.Expect(card.GetStatistics().Counters[$"faults.{name}"] > 0, $"{name}: the card says that it did not happen");
            verdict.Say($"{name}: {figures["isrs"]} ISRs, {figures["dpcs"]} DPCs, {figures["failed_reads"]} reads that failed; the copy is equal");
        }
        CheckSpoilt(card, guest, whole, verdict);
        var failing = guest.Numbers("completion-error.figures");
        verdict.Expect(failing["failed_reads"] > 0, "completion-error: no read of the driver's failed");
        CheckReset(guest, verdict);
        CheckRemoval(guest, verdict);
        return Task.CompletedTask;
    }

    // The card has ended, every chunk is in the ring, and the reader has looked at that; then the card may say so, once.
    private static void EndUnheard(CardHost card)
    {
        SpinWait.SpinUntil(() => (card.Peek(new RegisterName("DMA_STATUS", 0, 0)).Value & DaqRegister.SourceEnded) != 0, Patience);
        var before = Reads();
        SpinWait.SpinUntil(() => Reads() >= before + 2, Patience);
        SaySomething(card);

        ulong Reads() => card.GetStatistics().Counters["function.register-reads"];
    }

    // One message, whose cause is no chunk; and an error that has none of its own.
    private static void SaySomething(CardHost card)
    {
        card.Poke(new RegisterName("INT_TEST", 0, 0), Bit(Cause.DmaError));
        card.Poke(new RegisterName("INT_ENABLE", 0, 0), Bit(Cause.Test));
        card.Poke(new RegisterName("INT_TEST", 0, 0), Bit(Cause.Test));
    }

    private static ulong Bit(Cause cause) => 1ul << (int)cause;

    // What there was no place for was dropped by the card, or has overwritten what was there.
    private void CheckShortRings(GuestResult guest, GuestVerdict verdict)
    {
        var (dropped, overwritten) = (guest.Numbers("dropped.figures"), guest.Numbers("overwritten.figures"));
        verdict.Equal("dropped: by the card", (long)Chunks - ShortRing, dropped["card_dropped"]);
        verdict.Equal("dropped: SHA-256 of the copy", Hash(file.AsSpan(0, ShortRing * Chunk)), guest.Text("dropped.sha256"));
        DriverAccount.Check("overwritten", overwritten, verdict, errors: 1);
        verdict.Equal("overwritten: chunks missing", (long)Chunks - ShortRing, overwritten["chunks_missing"]);
        verdict.Equal("overwritten: SHA-256 of the copy", Hash(file.AsSpan(file.Length - ShortRing * Chunk)), guest.Text("overwritten.sha256"));
        verdict.Equal("overwritten: ISRs that were told of it", 1L, overwritten["overruns_reported"]);
        verdict.Equal("one: chunks that one DPC copied", 1L, guest.Numbers("one.figures")["chunks_copied"]);
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static void CheckMute(GuestResult guest, string whole, GuestVerdict verdict)
    {
        const string Run = "mute";
        var figures = guest.Numbers($"{Run}.figures");
        verdict.Equal($"{Run}: SHA-256 of the copy", whole, guest.Text($"{Run}.sha256"));
        verdict.Equal($"{Run}: status of the reader", 0L, figures["reader"]);
        DriverAccount.Check(Run, figures, verdict, errors: 1);
        verdict.Equal($"{Run}: ISRs, of which the first was of nothing", 2L, figures["isrs"]);
        verdict.Equal($"{Run}: DPCs that found nothing", 1L, figures["empty_dpcs"]);
        verdict.Expect(figures["dpcs"] > Chunks / DpcBudget,
            $"{Run}: {figures["dpcs"]} DPCs took {Chunks} chunks, at most {DpcBudget} of which are for one");
        verdict.Say($"{Run}: {figures["isrs"]} ISRs and {figures["dpcs"]} DPCs for {figures["chunks_copied"]} chunks, after the source had ended");
    }

    // A bit of a chunk is wrong, which its checksum tells.
    private static void CheckSpoilt(CardHost card, GuestResult guest, string whole, GuestVerdict verdict)
    {
        const string Run = "corrupted-payload";
        verdict.Equal($"{Run}: by the card", 1ul, card.GetStatistics().Counters[$"faults.{Run}"]);
        DriverAccount.Check(Run, guest.Numbers($"{Run}.figures"), verdict, spoilt: 1);
        verdict.Expect(guest.Text($"{Run}.sha256") != whole, $"{Run}: the copy is equal all the same");
    }

    // The source begins anew: a part of the file, and then the whole.
    private void CheckReset(GuestResult guest, GuestVerdict verdict)
    {
        const string Run = "function-reset";
        var figures = guest.Numbers($"{Run}.figures");
        var first = figures["chunks_copied"] - Chunks;
        verdict.Equal($"{Run}: resets", 1L, figures["resets"]);
        verdict.Equal($"{Run}: status of the reader", 0L, figures["reader"]);
        verdict.Expect(first > 0, $"{Run}: {figures["chunks_copied"]} chunks were copied in all, which is no more than one run of the card");
        if (first <= 0) return;
        var both = file.AsSpan(0, (int)first * Chunk).ToArray().Concat(file).ToArray();
        verdict.Equal($"{Run}: SHA-256 of the copy", Convert.ToHexStringLower(SHA256.HashData(both)), guest.Text($"{Run}.sha256"));
        verdict.Equal($"{Run}: produced, by what became of the chunks", figures["card_produced"],
            figures["chunks_copied"] + figures["chunks_missing"] + figures["chunks_abandoned"]);
        verdict.Say($"{Run}: {first} chunks before, {figures["chunks_abandoned"]} abandoned, and the whole file after it");
    }

    // A read of something that is not there fails; who reads the stream is told.
    private void CheckRemoval(GuestResult guest, GuestVerdict verdict)
    {
        const string Run = "surprise-removal";
        var figures = guest.Numbers($"{Run}.figures");
        var bytes = long.Parse(guest.Text($"{Run}.bytes"), CultureInfo.InvariantCulture);
        verdict.Expect(figures["reader"] != 0, $"{Run}: the reader was not told");
        verdict.Equal($"{Run}: bytes of the copy", figures["chunks_delivered"] * Chunk, bytes);
        verdict.Equal($"{Run}: SHA-256 of the copy",
            Convert.ToHexStringLower(SHA256.HashData(file.AsSpan(0, (int)Math.Min(bytes, file.Length)))), guest.Text($"{Run}.sha256"));
        verdict.Expect(bytes < file.Length, $"{Run}: nothing was missing at the end");
        verdict.Expect(figures["failed_reads"] > 0, $"{Run}: no read of the driver's failed");
        verdict.Say($"{Run}: the driver found the card gone after {figures["chunks_delivered"]} chunks, and its reader got an error");
    }
}
