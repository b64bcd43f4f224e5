namespace Pcie.Foreign;

/// <summary>An access to a foreign function: 1, 2, 4 or 8 bytes, naturally aligned; 8 to a BAR only.</summary>
/// <param name="Bar">Which BAR; <see cref="Config"/> for configuration space.</param>
/// <param name="Offset">In it (bytes).</param>
/// <param name="Address">Of a BAR, the bus address, as the host has placed it.</param>
public readonly record struct ForeignAccess(int Bar, ulong Offset, int Bytes, ulong Address = 0)
{
    /// <summary>Stands for configuration space in place of a BAR's number.</summary>
    public const int Config = -1;

    public bool IsConfig => Bar == Config;

    /// <summary>Whether the host is answered when this is done, and waits for nothing else of the function.</summary>
    public bool IsLast { get; init; }
}
