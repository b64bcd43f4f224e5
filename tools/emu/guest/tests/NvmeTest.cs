using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Nvme;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// A driver that nobody here wrote: the kernel's own, for NVM Express. What it writes is what it reads. The machine's IOMMU translates: pages of
/// memory are the card's for one command, and are taken back while others are under way.
/// </summary>
internal sealed class NvmeTest : GuestTest
{
    private const int Written = 8 << 20, Block = 512, Page = 4096;

    public override string Name => "nvme";

    public override string Summary => "The kernel's own driver writes to an NVMe disk and reads it back.";

    public override GuestModules Modules => GuestModules.None;

    public override int Processors => 2;

    public override GuestExtras Extras => new() { Translates = true };

    public override CardDesign CreateCard(string folder) => CardDesign.Nvme;

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var figures = guest.Numbers("figures");
        var counters = card.GetStatistics().Counters;
        verdict.Equal("SHA-256 of what was read back", guest.Text("written"), guest.Text("read"));
        verdict.Equal("blocks of the disk", (long)NvmeDevice.Capacity / Block, figures["blocks"]);
        verdict.Equal("bytes written, as the card counts them", (ulong)Written, counters["nvme.bytes-written"]);
        verdict.Expect(counters["nvme.bytes-read"] >= Written, $"the card was asked for {counters["nvme.bytes-read"]} bytes; {Written} were read");
        // The kernel asks for a structure of a later revision (Identify, CNS 6), and does without.
        var refused = counters["nvme.commands-refused"];
        verdict.Expect(refused <= 1, $"the card refused {refused} commands; expected 1 at the most");
        // The admin queue, and one for each processor.
        verdict.Equal("vectors", 1L + Processors, figures["vectors"]);
        verdict.Expect(figures["interrupts"] > 0, "the kernel counted no interrupt of the disk");
        var (mapped, unmapped) = (counters["vfio-user.ranges-mapped"], counters["vfio-user.ranges-unmapped"]);
        verdict.Expect(Math.Min(mapped, unmapped) >= Written / Page,
            $"{mapped} ranges of memory were mapped and {unmapped} taken back; expected one of each for every page that is written");
        verdict.Equal("requests to memory that was not mapped", 0ul, counters["vfio-user.dma-refused"]);
        verdict.Say($"{mapped} ranges of memory mapped, {unmapped} taken back");
        verdict.Say($"{Written >> 20} MiB written and read back, by {counters["nvme.commands"]} commands and {figures["interrupts"]} interrupts "
            + $"on {figures["vectors"]} vectors");
        return Task.CompletedTask;
    }
}
