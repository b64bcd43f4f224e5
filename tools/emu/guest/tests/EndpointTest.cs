using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// A driver that nobody here wrote, and whose purpose is to try a card: the kernel's pci_endpoint_test, built from the kernel's own source, with
/// all of its cases.
/// </summary>
internal sealed class EndpointTest : GuestTest
{
    // Four BARs; a line, and 32 messages of MSI and of MSI-X; five sizes of three transfers with each; and that each can be had.
    private const int Cases = 4 + 1 + 2 * 32 + 3 * (15 + 1);

    public override string Name => "endpoint-test";

    public override string Summary => "The kernel's pci_endpoint_test tries BARs, INTx, MSI, MSI-X, and transfers with checksums.";

    public override GuestModules Modules => GuestModules.EndpointTest;

    public override CardDesign CreateCard(string folder) => CardDesign.EndpointTest;

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var cases = guest.Text("cases").Split('\n');
        verdict.Equal("cases tried", Cases, cases.Length);
        foreach (var one in cases.Where(one => !one.EndsWith(": ok", StringComparison.Ordinal))) verdict.Expect(false, one);
        var counters = card.GetStatistics().Counters;
        verdict.Equal("transfers, as the card counts them", 3 * 15ul, counters["dma.transfers"]);
        verdict.Equal("assertions of the line, one for each of its interrupts", 1 + 15ul, counters["function.line-assertions"]);
        verdict.Equal("messages sent, one for each interrupt", 2 * (32 + 15ul), counters["function.messages-sent"]);
        verdict.Say($"{cases.Length} cases: BARs, INTx, MSI and MSI-X, reads, writes and copies with checksums");
        return Task.CompletedTask;
    }
}
