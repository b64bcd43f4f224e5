using System.Security.Cryptography;
using Pcie.Control.Wire;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;
using Pcie.Time;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// Two cards in one machine and one driver: each has a device, interrupts and an account of its own, and one is let go of while it is read and
/// mapped, which the other does not notice. Then they share a line, and one is pulled out.
/// </summary>
internal sealed class TwoCardsTest : GuestTest
{
    private const int Chunk = 4096, Chunks = 300;

    private readonly List<byte[]> files = [];

    public override string Name => "two-cards";

    public override string Summary =>
        "Two cards and one driver, one unbound while it is read and mapped, one pulled out of a line that both have: each has its own account.";

    public override int Cards => 2;

    public override CardDesign CreateCard(string folder)
    {
        // Named twice, it is run twice.
        if (files.Count == Cards) files.Clear();
        files.Add(RandomNumberGenerator.GetBytes(Chunk * Chunks));
        // Slow enough to be pulled out, and to be let go of, in mid-stream, however busy the machine.
        return FileCard.Create(Path.Combine(folder, $"{files.Count}.bin"), files[^1], Chunk, Duration.FromMilliseconds(6), Chunks);
    }

    /// <inheritdoc/>
    public override string? Answer(string line, CardHost card)
    {
        if (line != "guest: remove") return null;
        card.InjectFault(new InjectFaultRequest { Kind = "surprise-removal" });
        return "go on";
    }

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        verdict.Equal("devices, in the order of their cards", "daq0 daq1", guest.Text("devices"));
        foreach (var (name, file) in (IEnumerable<(string, byte[])>)[("daq0", files[0]), ("daq1", files[1]), ("again", files[1])])
        {
            var figures = guest.Numbers($"{name}.figures");
            verdict.Equal($"{name}: SHA-256 of the copy", Convert.ToHexStringLower(SHA256.HashData(file)), guest.Text($"{name}.sha256"));
            DriverAccount.Check(name, figures, verdict);
            verdict.Equal($"{name}: ISRs, of interrupts that the kernel counts", figures["interrupts"], figures["isrs"]);
            verdict.Say($"{name}: {figures["chunks_delivered"]} chunks by {figures["isrs"]} ISRs and {figures["dpcs"]} DPCs");
        }
        var readers = guest.Numbers("unbound.figures");
        verdict.Expect(readers["read"] != 0, "whoever read the card that was unbound was not told");
        verdict.Expect(readers["mapped"] != 0, "whoever had mapped the card that was unbound was not told");
        verdict.Equal("unbound: cases that failed of who waited", 0L, readers["waited"]);
        CheckGone(guest, verdict);
        verdict.Equal("complaints of the kernel", 0L, readers["complaints"]);
        return Task.CompletedTask;
    }

    // Each interrupt on the line is the second card's: the ISR of the one that is gone is asked as often, and leaves all of them to others.
    private void CheckGone(GuestResult guest, GuestVerdict verdict)
    {
        var (beside, gone) = (guest.Numbers("beside.figures"), guest.Numbers("gone.figures"));
        verdict.Equal("lines that both cards have", "1", guest.Text("shared"));
        verdict.Expect(gone["reader"] != 0, "whoever read the card that is gone was not told");
        verdict.Equal("beside: SHA-256 of the copy", Convert.ToHexStringLower(SHA256.HashData(files[1])), guest.Text("beside.sha256"));
        DriverAccount.Check("beside", beside, verdict);
        verdict.Expect(gone["asked"] > 0, "beside: no interrupt came on the line");
        verdict.Equal("interrupts on the line that the card that is gone left to others", gone["asked"], gone["left"]);
        verdict.Say($"beside: {gone["asked"]} interrupts on a line with a card that is gone, whose driver left all of them to others");
    }
}
