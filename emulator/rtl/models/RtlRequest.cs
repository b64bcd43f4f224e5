namespace Pcie.Emulator.Rtl.Models;

/// <summary>What an RTL card can ask of the bus, as <c>rtl_card.h</c> numbers it.</summary>
public enum RtlRequestKind : uint
{
    /// <summary>A posted write of host memory.</summary>
    Write = 0,

    /// <summary>A read of host memory.</summary>
    Read = 1,

    /// <summary>An MSI or MSI-X message, whose number is the address.</summary>
    Message = 2,

    /// <summary>Part of a packet for the DMA core; address 1 if the packet ends there.</summary>
    Stream = 3,
}

/// <summary>One request of an RTL card.</summary>
/// <param name="Cycle">In which it was asked.</param>
/// <param name="Tag">Given back with the answer.</param>
public readonly record struct RtlRequest(ulong Cycle, RtlRequestKind Kind, ulong Address, int Length, uint Tag)
{
    /// <summary>Whether bytes come with it.</summary>
    public bool HasBytes => Kind is RtlRequestKind.Write or RtlRequestKind.Stream;
}
