using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emu.Listing;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Qtest;

namespace Pcie.Emu.Guest.Tests;

/// <summary>What an operating system sees of the card is what the card says of itself, field by field; and pciutils decode both alike.</summary>
internal sealed class LspciTest : GuestTest
{
    // What lspci knows of the machine rather than of the card: slot, addresses as the kernel has them, who drives it.
    private static readonly string[] OfTheMachine = ["Physical Slot:", "Region ", "Interrupt:", "Kernel ", "IOMMU group:", "Latency:"];

    public override string Name => "lspci";

    public override string Summary => "lspci -vvv in the guest says what emu lspci says, field by field.";

    public override GuestModules Modules => GuestModules.None;

    public override bool NeedsLspci => true;

    public override CardDesign CreateCard(string folder) => CardDesign.Daq(new DaqCardOptions());

    // The guest waits: what it reads and what the card says are of one time.
    private const string Question = "guest: look at the card now";

    private byte[] ours = [];

    /// <inheritdoc/>
    public override string? Answer(string line, CardHost card)
    {
        if (line != Question) return null;
        ours = card.ReadConfig().Bytes.ToByteArray();
        return "go on";
    }

    public override async Task CheckAsync(
        GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var theirs = await File.ReadAllBytesAsync(guest.PathOf("config"), cancellation);
        verdict.Equal("bytes of configuration space in the guest", ours.Length, theirs.Length);
        if (ours.Length != theirs.Length) return;
        var fields = 0;
        using var known = EmulatedCard.InNoSlot(CreateCard(""));
        foreach (var register in known.Function.Configuration.Registers)
        {
            var (here, there) = (BitConverter.ToUInt32(ours, (int)register.Offset), BitConverter.ToUInt32(theirs, (int)register.Offset));
            foreach (var field in register.Fields)
            {
                fields++;
                verdict.Expect(field.Of(here) == field.Of(there),
                    $"{register.Name}.{field.Name}: the guest reads 0x{field.Of(there):X}, the card says 0x{field.Of(here):X}");
            }
        }
        verdict.Say($"{fields} fields of configuration space compared");
        var dump = guest.PathOf("card.txt");
        await File.WriteAllTextAsync(dump, ConfigDump.Of(ours), cancellation);
        var command = QemuProgram.InTree(parts.Lspci, "usr/bin/lspci").ToList();
        var decoded = Lines(await HostTool.RunAsync(command[0], [.. command[1..], "-vvv", "-F", dump], cancellation));
        var seen = Lines(guest.Text("lspci"));
        verdict.Say($"{seen.Count} lines of lspci -vvv compared");
        verdict.Expect(seen.Count > 30, "lspci in the guest printed next to nothing");
        foreach (var line in seen.Except(decoded)) verdict.Expect(false, $"only the guest's lspci says: {line}");
        foreach (var line in decoded.Except(seen)) verdict.Expect(false, $"only of emu lspci comes: {line}");
    }

    // Behind the first, which has the slot.
    private static List<string> Lines(string text) =>
        [.. text.Split('\n').Skip(1).Select(line => line.Trim())
            .Where(line => line.Length > 0 && !OfTheMachine.Any(one => line.StartsWith(one, StringComparison.Ordinal)))];
}
