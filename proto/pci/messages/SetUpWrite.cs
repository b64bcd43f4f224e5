namespace Pcie.Pci.Messages;

/// <summary>A write of a message set-up: to configuration space, or to device memory.</summary>
/// <param name="IsConfig">Whether <paramref name="Address"/> is an offset in configuration space rather than a bus address.</param>
public readonly record struct SetUpWrite(bool IsConfig, ulong Address, int Bytes, uint Value)
{
    internal static SetUpWrite Config(int offset, int bytes, uint value) => new(true, (ulong)offset, bytes, value);

    internal static SetUpWrite Memory(ulong address, uint value) => new(false, address, 4, value);
}
