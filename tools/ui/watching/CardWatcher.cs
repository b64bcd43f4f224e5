using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Link;
using Pcie.Link.Grpc;

namespace Pcie.Ui.Watching;

/// <summary>Follows a card, and does to it what a person at the page asks for.</summary>
public sealed class CardWatcher : Watcher<CardDescription, CardSnapshot>
{
    /// <summary>TLPs that are kept.</summary>
    private const int TlpsKept = 2048;

    private readonly CardControl.CardControlClient card;
    private readonly Queue<CapturedTlp> tlps = new();

    public CardWatcher(LinkUri uri, TlsCredentials? credentials) : base(uri, credentials) => card = new CardControl.CardControlClient(Channel);

    public History History { get; } = new();

    /// <summary>The last TLPs that were seen, the newest first.</summary>
    public IReadOnlyList<CapturedTlp> Tlps()
    {
        lock (tlps) return [.. tlps.Reverse()];
    }

    /// <summary>Writes a register as <c>emu poke</c> does.</summary>
    /// <exception cref="RpcException">It was refused; the text says why.</exception>
    public async Task<RegisterValue> PokeAsync(string register, ulong value) =>
        await card.PokeAsync(new PokeRequest { Name = register, Value = value }, deadline: Deadline);

    /// <summary>Has something go wrong, as <c>emu fault</c> does.</summary>
    /// <exception cref="RpcException">It was refused; the text says why.</exception>
    public async Task InjectAsync(InjectFaultRequest fault) => await card.InjectFaultAsync(fault, deadline: Deadline);

    protected override async Task<CardDescription> DescribeAsync(CancellationToken cancellation) =>
        await card.DescribeAsync(new DescribeRequest(), deadline: Deadline, cancellationToken: cancellation);

    protected override AsyncServerStreamingCall<CardSnapshot> Follow(CancellationToken cancellation) =>
        card.Watch(new WatchRequest(), cancellationToken: cancellation);

    protected override void Take(CardSnapshot? before, CardSnapshot snapshot)
    {
        // Another attachment, or another process at the same address: counters begin anew.
        var isAnew = before is null || before.Attachment != snapshot.Attachment || snapshot.Number <= before.Number;
        if (isAnew) History.Clear();
        lock (tlps)
        {
            if (isAnew) tlps.Clear();
            foreach (var tlp in snapshot.Tlps.Tlps) tlps.Enqueue(tlp);
            while (tlps.Count > TlpsKept) tlps.Dequeue();
        }
        var seconds = before is null ? 0 : (snapshot.SimulatedNs - before.SimulatedNs) / 1e9;
        if (isAnew || seconds <= 0) return;
        var (now, then) = (snapshot.Statistics.Account, before!.Statistics.Account);
        var chunks = now.Chunks is null || then.Chunks is null ? (double?)null : (now.Chunks.Written - then.Chunks.Written) / seconds;
        var lost = now.Chunks is null || then.Chunks is null ? 0 : now.Chunks.Dropped - then.Chunks.Dropped;
        var sent = (now.Interrupts.Sent - then.Interrupts.Sent) / seconds;
        History.Add(new HistoryPoint(snapshot.SimulatedNs / 1e9, null, null, sent, null, chunks, lost));
    }
}
