using System.Diagnostics;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Grains;

/// <summary>Who works on a campaign, and who must not.</summary>
internal sealed class WorkerRoster
{
    // Longer than it takes until every worker has heard of one that joined.
    private static readonly TimeSpan Unknown = TimeSpan.FromSeconds(30);

    private readonly Dictionary<SiloAddress, Member> members = [];

    /// <summary>Sentences.</summary>
    public IReadOnlyList<string> Refusals => [.. members.Values.Select(member => member.Refusal).OfType<string>().Order(StringComparer.Ordinal)];

    /// <param name="units">That it has done.</param>
    public void Hear(WorkerSlot slot, int units)
    {
        if (!members.TryGetValue(slot.Silo, out var member)) members[slot.Silo] = member = new Member(slot.Worker);
        member.Heard = Stopwatch.GetTimestamp();
        member.Slots.Add(slot);
        member.Done += units;
    }

    /// <summary>It has come to what another one came to.</summary>
    public void Approve(WorkerSlot slot) => members[slot.Silo].IsApproved = true;

    public bool IsApproved(WorkerSlot slot) => members[slot.Silo].IsApproved;

    public void Refuse(WorkerSlot slot, string why) => members[slot.Silo].Refusal ??= why;

    public string? RefusalOf(WorkerSlot slot) => members[slot.Silo].Refusal;

    /// <param name="running">Units that a worker has.</param>
    public IReadOnlyList<WorkerStanding> Standing(Func<SiloAddress, int> running) => [.. members.Where(one => one.Value.Refusal is null)
        .Select(one => new WorkerStanding(one.Value.Name, running(one.Key), one.Value.Done)).OrderBy(worker => worker.Name, StringComparer.Ordinal)];

    /// <summary>Forgets workers that are dead, or about to stop.</summary>
    /// <returns>Their processors.</returns>
    public IReadOnlyList<WorkerSlot> RemoveGone(ISiloStatusOracle silos)
    {
        var gone = members.Where(one => silos.GetApproximateSiloStatus(one.Key) switch
        {
            SiloStatus.Dead or SiloStatus.Stopping or SiloStatus.ShuttingDown => true,
            SiloStatus.None => Stopwatch.GetElapsedTime(one.Value.Heard) > Unknown,
            _ => false,
        }).ToList();
        foreach (var (silo, _) in gone) members.Remove(silo);
        return [.. gone.SelectMany(one => one.Value.Slots)];
    }

    private sealed class Member(string name)
    {
        public string Name => name;

        public HashSet<WorkerSlot> Slots { get; } = [];

        public long Heard { get; set; }

        public long Done { get; set; }

        public bool IsApproved { get; set; }

        public string? Refusal { get; set; }
    }
}
