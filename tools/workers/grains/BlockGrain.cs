using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Grains;

/// <inheritdoc cref="IBlockGrain"/>
[GrainType("block"), CollectionAgeLimit(Minutes = 2)]
internal sealed class BlockGrain([PersistentState("units")] IPersistentState<BlockState> stored) : Grain, IBlockGrain
{
    public Task<ulong> DoneAsync() => Task.FromResult(stored.State.Units.Aggregate(0UL, (done, unit) => done | BitOf(unit.Seed)));

    public async Task<IReadOnlyList<Contradiction>> RecordAsync(IReadOnlyList<RecordedUnit> units)
    {
        var known = stored.State.Units.ToDictionary(unit => unit.Seed);
        var contradictions = new List<Contradiction>();
        var more = new List<RecordedUnit>();
        foreach (var unit in units)
            if (known.TryAdd(unit.Seed, unit)) more.Add(unit);
            else if (known[unit.Seed].Digest != unit.Digest) contradictions.Add(new Contradiction(known[unit.Seed], unit));
        if (more.Count == 0) return contradictions;
        await stored.ReplaceAsync(new BlockState { Units = [.. stored.State.Units, .. more] }, this);
        return contradictions;
    }

    public Task<IReadOnlyList<RecordedUnit>> ReadAsync(ulong mask) =>
        Task.FromResult<IReadOnlyList<RecordedUnit>>(stored.State.Units.FindAll(unit => (mask & BitOf(unit.Seed)) != 0));

    public async Task ForgetAsync(ulong mask)
    {
        var left = stored.State.Units.FindAll(unit => (mask & BitOf(unit.Seed)) == 0);
        if (left.Count == 0) await stored.ClearStateAsync();
        else if (left.Count < stored.State.Units.Count) await stored.ReplaceAsync(new BlockState { Units = left }, this);
    }

    private static ulong BitOf(ulong seed) => 1UL << (int)(seed % BlockRange.Seeds);
}

/// <summary>What is stored of a block.</summary>
[GenerateSerializer, Alias("block-state")]
public sealed class BlockState
{
    [Id(0)]
    public List<RecordedUnit> Units { get; init; } = [];
}
