using Pcie.Pci.Memory;
using Pcie.Trace;

namespace Pcie.DriverModel.Bus;

/// <summary>What a card of several has of the machine for itself: where its BARs and buffers can lie, and what keeps what befalls its data.</summary>
/// <param name="Memory">What the card sees of the host's memory: its own buffers, as behind an IOMMU.</param>
/// <param name="WindowStart">Where its BARs begin: the base of the port's memory window (PCI-to-PCI Bridge Architecture 3.2.5.6).</param>
/// <param name="WindowEnd">The first address behind the window.</param>
/// <param name="Tracer">
/// The machine's for the device under study. Another card's is its own: what befalls its chunks is not mixed with that of the chunks that are
/// studied, while its ISRs and DPCs are the machine's.
/// </param>
/// <param name="IsUnderStudy">Whether the card is the device under study.</param>
public sealed record RootPort(HostMemory Memory, ulong WindowStart, ulong WindowEnd, Tracer Tracer, bool IsUnderStudy)
{
    // Where BARs are placed: the usual hole below 4 GiB. A window of a bridge begins and ends at a MiB.
    private const ulong Hole = 0xE000_0000, HoleEnd = 0xFEC0_0000, Granule = 1 << 20;

    /// <summary>That of a machine's only card.</summary>
    public static RootPort Only(Tracer tracer) => new(new HostMemory(), Hole, HoleEnd, tracer, IsUnderStudy: true);

    /// <summary>A port for each card: the first is the device under study.</summary>
    /// <param name="tracers">Of each, the first the machine's.</param>
    /// <param name="memories">Of each, where host memory comes from; null if the card reaches it by TLPs.</param>
    public static IReadOnlyList<RootPort> ForAll(IReadOnlyList<Tracer> tracers, IReadOnlyList<IHostMemoryBacking?> memories)
    {
        var addresses = new HostAddresses();
        var share = (HoleEnd - Hole) / (ulong)tracers.Count / Granule * Granule;
        return [.. tracers.Select((tracer, i) =>
            new RootPort(new HostMemory(memories[i], addresses), Hole + (ulong)i * share, Hole + (ulong)(i + 1) * share, tracer, i == 0))];
    }
}
