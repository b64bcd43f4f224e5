using System.Security.Cryptography;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;
using Pcie.Time;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// The failure on a real kernel: somebody else's tasklet runs, ours waits, and the ring does not last that long; the guest's own recording says what
/// ran in between. Then the same load and a deeper ring with a vector per cause: nothing is lost.
/// </summary>
/// <param name="explain">What a recording says of the waits of a DPC.</param>
internal sealed class LateTest(Func<string, string, string> explain) : GuestTest
{
    private const int Chunk = 4096, Chunks = 1000;

    // What serves the driver's tasklet, and the tasklet of the one that takes its time, as the kernel names them.
    private const string Ours = "softirq TASKLET", Theirs = "busy_dpc";

    private readonly byte[] file = RandomNumberGenerator.GetBytes(Chunk * Chunks);

    public override string Name => "late";

    public override string Summary => "Another driver's tasklet delays ours past the ring; emu explain names it; a deeper ring loses nothing.";

    public override CardDesign CreateCard(string folder) =>
        FileCard.Create(Path.Combine(folder, "late.bin"), file, Chunk, Duration.FromMilliseconds(2), 64);

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var (late, cured) = (guest.Numbers("late.figures"), guest.Numbers("cured.figures"));
        DriverAccount.Check("late", late, verdict);
        DriverAccount.Check("cured", cured, verdict);
        verdict.Expect(late["chunks_missing"] > 0, "late: nothing was overwritten, though the DPC had to wait for longer than the ring lasts");
        verdict.Expect(late["overruns_reported"] > 0, "late: the card's overrun was never reported to the ISR");
        verdict.Equal("cured: chunks missing", 0L, cured["chunks_missing"]);
        verdict.Equal("cured: SHA-256 of the copy", Convert.ToHexStringLower(SHA256.HashData(file)), guest.Text("cured.sha256"));
        Say("late, a ring of 2 slots and a shared vector", late);
        Say("cured, a ring of 512 slots and a vector per cause", cured);
        var explanation = explain(guest.PathOf("late.ftrace"), Ours);
        verdict.Say(explanation);
        verdict.Expect(explanation.Contains(Theirs, StringComparison.Ordinal), $"the explanation of the waits does not name {Theirs}");
        return Task.CompletedTask;

        void Say(string what, IReadOnlyDictionary<string, long> figures) => verdict.Say(
            $"{what}: {figures["card_produced"]} chunks produced, {figures["chunks_delivered"]} delivered, {figures["chunks_missing"]} overwritten; "
            + $"the longest wait of a DPC {figures["longest_wait_ns"] / 1000} µs");
    }
}
