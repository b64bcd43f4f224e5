namespace Pcie.TestKit;

/// <summary>A base address register as the bench has found and placed it.</summary>
/// <param name="Number">0 to 5: that of its lower half, if it has two.</param>
/// <param name="Address">Where it decodes, once Memory Space is on.</param>
/// <param name="Size">In bytes, a power of two.</param>
/// <param name="Is64Bit">Whether the next register is its upper half.</param>
public readonly record struct Bar(int Number, ulong Address, ulong Size, bool Is64Bit);
