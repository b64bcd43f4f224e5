namespace Pcie.Emu.Guest.Machine;

/// <summary>What the machine of a test has besides what all have.</summary>
internal sealed record GuestExtras
{
    public int MegaBytes { get; init; } = 256;

    /// <summary>
    /// Whether the IOMMU translates, as it must for VFIO, and the kernel maps for each transfer what that is about; else it remaps interrupts alone.
    /// </summary>
    public bool Translates { get; init; }

    /// <summary>Whether the card is given the file that the guest's memory is in; else it asks for what it reads and writes by messages.</summary>
    public bool SharesMemory { get; init; } = true;

    /// <summary>Options of QEMU's.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Whether the machine begins anew when the guest says so; else it ends.</summary>
    public bool Restarts { get; init; }

    /// <summary>Files of this system: where each is in the guest, and here.</summary>
    public IReadOnlyList<(string Path, string File)> Files { get; init; } = [];
}
