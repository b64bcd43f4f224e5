namespace Pcie.VfioUser.Memory;

/// <summary>How a transfer gets where it wants to.</summary>
internal enum GuestReach
{
    /// <summary>It must not: nothing is mapped there, or not for this.</summary>
    Refused,

    /// <summary>By files that came with the ranges.</summary>
    File,

    /// <summary>By messages: some of it is in a range that has no file.</summary>
    Message,
}
