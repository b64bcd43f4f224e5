using Orleans.Concurrency;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Grains;

/// <summary>
/// What 64 neighbouring seeds of a content have come to, whichever campaigns ask: the one place where a unit is counted. By
/// <see cref="BlockRange.KeyOf"/>.
/// </summary>
[Alias("block")]
public interface IBlockGrain : IGrainWithStringKey
{
    /// <summary>Seeds that are done, a bit each.</summary>
    [Alias("done"), ReadOnly]
    Task<ulong> DoneAsync();

    /// <summary>Stores what units came to. What is there already stays.</summary>
    /// <returns>Those that are there already, with another digest.</returns>
    [Alias("record")]
    Task<IReadOnlyList<Contradiction>> RecordAsync(IReadOnlyList<RecordedUnit> units);

    /// <summary>The units of a mask that are done.</summary>
    [Alias("read"), ReadOnly]
    Task<IReadOnlyList<RecordedUnit>> ReadAsync(ulong mask);

    /// <summary>Removes the units of a mask from the store.</summary>
    [Alias("forget")]
    Task ForgetAsync(ulong mask);
}
