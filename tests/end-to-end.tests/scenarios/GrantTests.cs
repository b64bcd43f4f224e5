using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Fixtures.Programs;
using Pcie.Pci.Messages;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// Whatever the machine grants of 32 messages, the card works: 1, 2, 4, 8, 16 or 32 with MSI (PCI Express Base Specification 7.7.1.2), any number with
/// MSI-X (7.7.2), by Windows' rule (all or exactly one; an MSI-X entry beyond the grant is message 0) or as many as there are.
/// </summary>
public sealed class GrantTests
{
    public static TheoryData<MessageKind, GrantRule> Kinds =>
        new(from kind in Enum.GetValues<MessageKind>() from rule in Enum.GetValues<GrantRule>() select (kind, rule));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryCauseArrivesAndEveryChunkIsCopied_ForEveryGrant(MessageKind kind, GrantRule rule)
    {
        for (var atMost = 1; atMost <= 32; atMost++)
        {
            var report = Run(kind, rule, atMost);
            var all = rule == GrantRule.AllOrOne ? atMost == 32 ? 32 : 1 : atMost;
            Assert.Equal(kind == MessageKind.Msi ? 1 << int.Log2(all) : all, report.Host.MessagesGranted);
            Assert.True(report.Accounted);
            // One slot and three chunks at once: OVERRUN and FIFO_OVERFLOW come beside DATA_READY, on vectors of their own while there are enough.
            Assert.InRange(report.Chunks.Delivered, 8, report.Chunks.Produced - 1);
            Assert.True(report.Driver.OverrunsReported > 0 && report.Driver.ErrorsReported > 0, $"{atMost} messages: {report.Driver}");
            Assert.Equal((long)report.Interrupts.Sent, report.Interrupts.Isr + report.Interrupts.CollapsedInApic);
            Assert.Equal(0, report.Host.SpuriousInterrupts + report.Host.BadMessages);
        }
    }

    private static DaqReport Run(MessageKind kind, GrantRule rule, int atMost)
    {
        var file = ScenarioFile.Parse($"""
            [run]
            duration = "6ms"
            [card]
            msi-messages = 32
            msi-x-entries = 32
            [card.source]
            chunk = 64
            period = "500us"
            [[card.fault]]
            kind = "source-burst"
            at = "3ms"
            count = 4
            [host]
            msi-messages = {atMost}
            grant = "{(rule == GrantRule.AllOrOne ? "all-or-one" : "as-many-as-possible")}"
            [driver]
            buffering = "single"
            routing = "per-cause"
            rearm-policy = "auto-mask"
            interrupts = "{(kind == MessageKind.Msi ? "msi" : "msi-x")}"
            """, "grants.toml");
        var host = HostScenario.Read(file);
        return DirectRun.Of(host, DaqCardOptions.Read(file, host.Run.Seed));
    }
}
