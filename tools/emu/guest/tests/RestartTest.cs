using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// The card through everything that starts it anew: function-level reset, removal and rescan, a restart of the machine. Then its slot's power is
/// switched off while it streams, by messages since its memory has no file, and it is free for the next.
/// </summary>
internal sealed class RestartTest : GuestTest
{
    private const string WhichBoot = "guest: which boot is this?", IsFree = "guest: is the card free?";

    // That the machine has let go of the card is noticed when its connection has ended.
    private static readonly TimeSpan LettingGo = TimeSpan.FromSeconds(5);

    private int boots;

    public override string Name => "restart";

    public override string Summary => "Reset, removal and rescan, a restart of the machine, and hot unplug: what becomes of the card.";

    public override GuestExtras Extras => new() { Restarts = true, SharesMemory = false };

    // QEMU fails an assertion of its own when a card with MSI-X is unplugged: docs/guests.md.
    public override CardDesign CreateCard(string folder) => CardDesign.Daq(new DaqCardOptions { MsixEntries = 0 });

    /// <inheritdoc/>
    public override string? Answer(string line, CardHost card) => line switch
    {
        WhichBoot => ++boots == 1 ? "first" : "second",
        IsFree => SpinWait.SpinUntil(() => card.GetStatistics().HostName.Length == 0, LettingGo) ? "free" : "owned",
        _ => null,
    };

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var counters = card.GetStatistics().Counters;
        verdict.Equal("boots", 2, boots);
        verdict.Equal("machines that had the card", 1ul, counters["vfio-user.attached"]);
        verdict.Equal("machines that let go of it", 1ul, counters["vfio-user.detached"]);
        // By the guest itself, and by the machine when it began and began anew.
        verdict.Expect(counters["function.function-level-resets"] >= 3, $"{counters["function.function-level-resets"]} resets; expected 3 at least");
        var figures = guest.Numbers("figures");
        verdict.Expect(figures["chunks_delivered"] > 0, "nothing was streamed when the slot was switched off");
        verdict.Equal("writes of DMA_TAIL that were refused", 0ul, counters.GetValueOrDefault("dma.tails-refused"));
        // The driver has stopped it before it let go of its memory.
        verdict.Equal("requests of the card that it may not send any more", 0ul, counters["function.bus-master-disabled"]);
        verdict.Equal("wrong checksums", 0L, figures["checksum_errors"]);
        verdict.Expect(figures["reader"] != 0, "whoever read the stream was not told that the card is gone");
        verdict.Expect(counters["vfio-user.dma-messages"] >= counters["vfio-user.dma-bytes-written"] / 4096,
            $"{counters["vfio-user.dma-messages"]} messages carried {counters["vfio-user.dma-bytes-written"]} bytes");
        verdict.Say($"{boots} boots, {counters["function.function-level-resets"]} resets of the function, unplugged and free");
        return Task.CompletedTask;
    }
}
