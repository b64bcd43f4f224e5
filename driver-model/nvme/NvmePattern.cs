namespace Pcie.DriverModel.Nvme;

/// <summary>What is written to the namespace.</summary>
public enum NvmePattern
{
    /// <summary>DWs that count on from one write to the next, so that each has its place.</summary>
    Sequence,

    /// <summary>The same, scrambled: as many bits set as not, and none like its neighbour's.</summary>
    Scrambled,
}
