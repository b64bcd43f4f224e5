using System.Security.Cryptography;
using Pcie.Control.Wire;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;
using Pcie.Time;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// A file through card, DMA, message, the guest's ISR and DPC, cyclic buffer and read(): the guest's copy is the file, whichever messages, routing
/// and DPC the driver has.
/// </summary>
internal sealed class StreamTest : GuestTest
{
    private const int Chunk = 4096, Chunks = 200;

    // In a cyclic buffer of three chunks, rounded up to a power of two.
    private const int Kept = 4;

    private const string Streamed = "guest: streamed ";

    // By run: what the driver did to the card last.
    private readonly Dictionary<string, IReadOnlyList<CapturedTlp>> accesses = [];

    private readonly byte[] file = RandomNumberGenerator.GetBytes(Chunk * Chunks - 1000);

    public override string Name => "stream";

    public override string Summary => "A file streamed through card, DMA, interrupts, the driver's DPC and read(): the copy is equal.";

    public override CardDesign CreateCard(string folder) =>
        FileCard.Create(Path.Combine(folder, "stream.bin"), file, Chunk, Duration.FromMilliseconds(1), Chunks);

    /// <inheritdoc/>
    public override string? Answer(string line, CardHost card)
    {
        if (!line.StartsWith(Streamed, StringComparison.Ordinal)) return null;
        accesses[line[Streamed.Length..].Trim()] =
            [.. card.TakeSnapshot(0).Tlps.Tlps.Where(tlp => !tlp.FromDevice && tlp.What.StartsWith("BAR 0", StringComparison.Ordinal))];
        return "go on";
    }

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var (runs, onLineBefore) = (0, 0L);
        foreach (var interrupts in (string[])["msi-x", "msi", "intx"])
            foreach (var routing in interrupts == "intx" ? (string[])["shared"] : ["shared", "per-cause"])
                foreach (var dpc in (string[])["tasklet", "threaded"])
                {
                    // Of a line the kernel goes on counting where the run before ended.
                    var before = interrupts == "intx" ? onLineBefore : 0;
                    if (CheckRun($"{interrupts}-{routing}-{dpc}", routing == "shared", before, guest, verdict) is not { } counted) continue;
                    runs++;
                    if (interrupts == "intx") onLineBefore = counted;
                }
        foreach (var dpc in (string[])["tasklet", "threaded"]) CheckReadsBack($"intx-shared-{dpc}", "INT_CAUSE", verdict);
        CheckReadsBack("msi-x-per-cause-tasklet", "INT_REARM", verdict);
        // The reader has mapped the cyclic buffer.
        if (CheckRun("mapped", isShared: true, 0, guest, verdict) is not null) runs++;
        verdict.Equal("runs", 11, runs);
        foreach (var run in (string[])["cases", "slow"])
        {
            DriverAccount.Check(run, guest.Numbers($"{run}.figures"), verdict);
            runs++;
        }
        verdict.Equal("slow: chunks that there was no place for", (long)Chunks - Kept, guest.Numbers("slow.figures")["chunks_refused"]);
        verdict.Equal("slow: SHA-256 of the copy",
            Convert.ToHexStringLower(SHA256.HashData(file.AsSpan(0, Kept * Chunk))), guest.Text("slow.sha256"));
        verdict.Expect(card.GetStatistics().Counters["function.line-assertions"] > 0, "intx: the card never asserted its line");
        var account = card.GetStatistics().Account.Chunks;
        verdict.Equal("chunks that the card produced in all runs", (ulong)(Chunks * runs), account.Produced);
        verdict.Equal("chunks that the card dropped", 0ul, account.Dropped);
        return Task.CompletedTask;
    }

    // A posted write may reach the card when that has raised the same cause again, of which nobody is told then. So the driver looks at the data
    // when a read that came behind the write has been answered. That the write is so late is seldom; that the read is there can be seen.
    private void CheckReadsBack(string run, string register, GuestVerdict verdict)
    {
        var written = 0;
        for (var i = 0; i < accesses[run].Count; i++)
        {
            if (accesses[run][i] is not { Name: "MWr" } write || write.What != $"BAR 0 {register}") continue;
            // An ISR may come between.
            var next = accesses[run].Skip(i + 1).SkipWhile(access => access is { Name: "MWr", What: "BAR 0 INT_CAUSE" }).FirstOrDefault();
            // When the driver has just been loaded, there is nothing to be told of yet.
            if (next is null or { Name: "MWr", What: "BAR 0 INT_ENABLE" or "BAR 0 SOURCE_CONTROL" }) continue;
            written++;
            verdict.Expect(next is { Name: "MRd", What: "BAR 0 INT_CAUSE" },
                $"{run}: behind the write of {register} comes {next.Name} of {next.What}, rather than a read that is answered when the card has it");
        }
        verdict.Expect(written > 0, $"{run}: {register} was not written");
    }

    /// <returns>Interrupts that the kernel has counted; null if the run did not come about.</returns>
    private long? CheckRun(string run, bool isShared, long before, GuestResult guest, GuestVerdict verdict)
    {
        if (!guest.Has($"{run}.figures"))
        {
            verdict.Expect(false, $"{run}: the guest did not come that far");
            return null;
        }
        var figures = guest.Numbers($"{run}.figures");
        verdict.Equal($"{run}: SHA-256 of the copy", Convert.ToHexStringLower(SHA256.HashData(file)), guest.Text($"{run}.sha256"));
        DriverAccount.Check(run, figures, verdict);
        verdict.Equal($"{run}: chunks produced", (long)Chunks, figures["card_produced"]);
        verdict.Equal($"{run}: chunks missing", 0L, figures["chunks_missing"]);
        verdict.Equal($"{run}: vectors", isShared ? 1L : 6L, figures["vectors"]);
        verdict.Equal($"{run}: ISRs, of interrupts that the kernel counts", figures["interrupts"] - before, figures["isrs"]);
        // A vector per cause says everything: nobody need be asked.
        verdict.Equal($"{run}: reads of INT_CAUSE", isShared ? figures["isrs"] : 0L, figures["isr_register_reads"]);
        verdict.Say($"{run}: {figures["chunks_delivered"]} chunks by {figures["isrs"]} ISRs and {figures["dpcs"]} DPCs, "
            + $"the longest wait of one {figures["longest_wait_ns"] / 1000} µs");
        return figures["interrupts"];
    }
}
