using Pcie.Control.Wire;

namespace Pcie.Emulator.Rtl;

/// <summary>What a run's account rests on, of the counters that an RTL card shows under these names.</summary>
/// <param name="counters">By name.</param>
internal sealed class RtlAccount(IEnumerable<KeyValuePair<string, ulong>> counters)
{
    private readonly Dictionary<string, ulong> counters = new(counters);

    /// <returns>Null if the card counts no chunks.</returns>
    public Account? ToAccount()
    {
        if (!Has("chunks.produced", "chunks.written", "chunks.dropped", "chunks.in-card")) return null;
        var account = new Account
        {
            Chunks = new ChunkAccount
            {
                Produced = counters["chunks.produced"], Written = counters["chunks.written"], Dropped = counters["chunks.dropped"],
                InCard = counters["chunks.in-card"],
            },
        };
        if (Has("interrupts.raised", "interrupts.sent", "interrupts.masked", "interrupts.collapsed"))
            account.Interrupts = new InterruptAccount
            {
                Raised = counters["interrupts.raised"], Sent = counters["interrupts.sent"], Masked = counters["interrupts.masked"],
                Collapsed = counters["interrupts.collapsed"],
            };
        return account;
    }

    private bool Has(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (!counters.ContainsKey(name)) return false;
        return true;
    }
}
