using Pcie.Emulator.Device;

namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>
/// Where raises end that send nothing of their own, in the order in which they come to it; each counts at the first that holds it. What goes on
/// may still fall together in a pending bit of MSI or MSI-X, which is the function's, and behind it in the host.
/// </summary>
internal sealed class CollapsePoints
{
    /// <summary>The cause was set already, and the policy looks at causes: one bit stands for both.</summary>
    public CounterFamily CauseBit { get; } = new("collapse.cause-bit", CauseBits.Count, CauseBits.NameOf);

    /// <summary>INT_ENABLE holds the cause back.</summary>
    public CounterFamily Enable { get; } = new("collapse.enable", CauseBits.Count, CauseBits.NameOf);

    /// <summary>The vector gathers already: one message for all that it gathers.</summary>
    public CounterFamily Moderation { get; } = OfVectors("collapse.moderation");

    /// <summary>The vector is masked by its own message until it is re-armed.</summary>
    public CounterFamily RearmMask { get; } = OfVectors("collapse.rearm-mask");

    /// <summary>Another cause of the vector was set already, and only the first sends.</summary>
    public CounterFamily VectorActive { get; } = OfVectors("collapse.vector-active");

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        .. CauseBit.Statistics, .. Enable.Statistics, .. Moderation.Statistics, .. RearmMask.Statistics, .. VectorActive.Statistics,
    ];

    private static CounterFamily OfVectors(string name) => new(name, InterruptModeration.Vectors, vector => $"vector-{vector}");
}
