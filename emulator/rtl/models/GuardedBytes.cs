using System.Runtime.InteropServices;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>Memory that a shared library is given, between guard bytes that show when it has written beyond it.</summary>
internal sealed unsafe class GuardedBytes : IDisposable
{
    private const int GuardBytes = 64;
    private const byte Guard = 0xA5;

    private readonly byte* memory;
    private readonly int length;

    public GuardedBytes(int length)
    {
        this.length = length;
        memory = (byte*)NativeMemory.AlignedAlloc((nuint)(GuardBytes + length + GuardBytes), GuardBytes);
        Before.Fill(Guard);
        Span.Clear();
        After.Fill(Guard);
    }

    public byte* Start => memory + GuardBytes;

    public Span<byte> Span => new(Start, length);

    /// <summary>Whether nothing has written around it.</summary>
    public bool IsIntact => !Before.ContainsAnyExcept(Guard) && !After.ContainsAnyExcept(Guard);

    private Span<byte> Before => new(memory, GuardBytes);

    private Span<byte> After => new(Start + length, GuardBytes);

    public void Dispose() => NativeMemory.AlignedFree(memory);
}
