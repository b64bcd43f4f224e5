using System.Diagnostics;
using NLog;
using Pcie.Campaign.Units;
using Pcie.Files;
using Pcie.Workers.Grains;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Working;

/// <summary>
/// A processor of a worker: takes units, runs them, records what they came to, and takes others. A thread of its own, so that what the cluster has
/// to say to the worker does not wait for a unit.
/// </summary>
internal sealed class UnitThread
{
    // Short, so that what is lost with a worker is little; long beside what it takes to ask for more.
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(0.5);

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Workers");

    private readonly IGrainFactory grains;
    private readonly IUnitRunner runner;
    private readonly WorkSource source;
    private readonly ContentCache contents;
    private readonly WorkerSlot slot;
    private readonly CancellationToken stopping;
    private readonly Patience patience;
    private readonly Thread thread;
    private string? campaign;
    private int wants = 1;

    public UnitThread(IGrainFactory grains, IUnitRunner runner, WorkSource source, ContentCache contents, WorkerSlot slot, CancellationToken stopping)
    {
        (this.grains, this.runner, this.source, this.contents, this.slot, this.stopping) = (grains, runner, source, contents, slot, stopping);
        patience = new Patience($"worker {slot.Worker}", Tell, stopping);
        thread = new Thread(Work) { Name = $"unit {slot.Processor}", IsBackground = true };
        thread.Start();
    }

    public void Join() => thread.Join();

    private void Work()
    {
        try
        {
            while (true)
            {
                (campaign, var lease) = source.Find(slot, patience, stopping);
                for (Lease? next = lease; next is not null;)
                {
                    var refusal = Do(next);
                    next = source.Take(campaign, slot, wants, refusal is null ? next : null, refusal, patience);
                }
                campaign = null;
            }
        }
        catch (OperationCanceledException)
        {
            // What was begun is somebody else's now.
        }
    }

    /// <returns>Why this worker cannot, or must not, go on with the campaign; null if it can.</returns>
    private string? Do(Lease lease)
    {
        var units = new List<RecordedUnit>();
        try
        {
            var text = patience.Try("fetch a scenario", () => contents.TextAsync(campaign!, lease));
            var since = Stopwatch.GetTimestamp();
            foreach (var seed in lease.Seeds) units.Add(RecordedUnit.Of(runner.Run(text, contents.Folder, seed, stopping), slot.Worker));
            wants = Math.Clamp((int)(LeaseTime * lease.Units / Stopwatch.GetElapsedTime(since)), 1, BlockRange.Seeds);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.Debug(e, "A unit of {0} ended with", lease.Content);
            return $"worker {slot.Worker} cannot run {lease.Content}: {PrintableText.Of(e.Message)}";
        }
        var block = grains.GetGrain<IBlockGrain>(BlockRange.KeyOf(lease.Content, lease.SeedBlock));
        return patience.Try("store what units came to", () => block.RecordAsync(units)) is [var (known, other), ..]
            ? $"worker {slot.Worker} came to digest {other.Digest} for seed {other.Seed} of {lease.Content}, and worker {known.Worker} to "
                + $"{known.Digest}"
            : null;
    }

    private void Tell(string? trouble)
    {
        // If nobody hears it, somebody will who asks.
        if (campaign is not null) grains.GetGrain<ICampaignGrain>(campaign).SayAsync(slot, trouble).Ignore();
    }
}
