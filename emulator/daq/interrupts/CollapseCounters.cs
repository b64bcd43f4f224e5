using Pcie.Control;
using Pcie.Emulator.Device;

namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>
/// Where raises end that send nothing of their own: the points that are the card's, each raise counted at the first that holds it. What goes on may
/// still fall together in a pending bit of MSI or MSI-X, which is the function's, and behind it in the host.
/// </summary>
internal sealed class CollapseCounters
{
    public CounterFamily CauseBit { get; } = OfCauses(CollapsePoint.CauseBit);
    public CounterFamily Enable { get; } = OfCauses(CollapsePoint.Enable);
    public CounterFamily Moderation { get; } = OfVectors(CollapsePoint.Moderation);
    public CounterFamily RearmMask { get; } = OfVectors(CollapsePoint.RearmMask);
    public CounterFamily VectorActive { get; } = OfVectors(CollapsePoint.VectorActive);

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        .. CauseBit.Statistics, .. Enable.Statistics, .. Moderation.Statistics, .. RearmMask.Statistics, .. VectorActive.Statistics,
    ];

    private static CounterFamily OfCauses(CollapsePoint point) => new(CollapseCounter.NameOf(point), CauseBits.Count, CauseBits.NameOf);

    private static CounterFamily OfVectors(CollapsePoint point) =>
        new(CollapseCounter.NameOf(point), InterruptModeration.Vectors, vector => $"vector-{vector}");
}
