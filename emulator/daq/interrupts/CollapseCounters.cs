using Pcie.Emulator.Device;
using Pcie.Trace;

namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>
/// Where raises end that send nothing of their own: the points that are the card's, each raise counted at the first that holds it. What goes on may
/// still fall together in a pending bit of MSI or MSI-X, which is the function's, and behind it in the host.
/// </summary>
internal sealed class CollapseCounters
{
    private readonly CounterFamily[] families =
    [
        OfCauses(CollapsePoint.CauseBit), OfCauses(CollapsePoint.Enable), OfVectors(CollapsePoint.Moderation), OfVectors(CollapsePoint.RearmMask),
        OfVectors(CollapsePoint.VectorActive),
    ];

    /// <summary>By cause or by vector.</summary>
    /// <param name="point">One up to <see cref="CollapsePoint.VectorActive"/>.</param>
    public CounterFamily this[CollapsePoint point] => families[(int)point];

    public IEnumerable<KeyValuePair<string, ulong>> Statistics => families.SelectMany(family => family.Statistics);

    private static CounterFamily OfCauses(CollapsePoint point) => new(CollapseCounter.NameOf(point), CauseBits.Count, CauseBits.NameOf);

    private static CounterFamily OfVectors(CollapsePoint point) =>
        new(CollapseCounter.NameOf(point), InterruptModeration.Vectors, vector => $"vector-{vector}");
}
