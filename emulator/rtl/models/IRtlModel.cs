using Pcie.Pci;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>
/// A card's logic, simulated clock cycle by cycle elsewhere: the functions of <c>rtl_card.h</c>, whichever way they are reached. What the logic asks
/// of the bus it puts into the <see cref="RtlRequests"/> that it was made with.
/// </summary>
/// <remarks>Every call throws a <see cref="RtlException"/> if the logic has failed, or has broken its contract.</remarks>
public interface IRtlModel : IDisposable
{
    /// <summary>The next cycle to run.</summary>
    ulong Cycle { get; }

    /// <summary>Some cycles of reset. No answer to what was asked before may come any more.</summary>
    void Reset();

    /// <summary>Runs until a cycle, or to the end of an earlier one in which something was asked.</summary>
    /// <returns>Whether nothing changes any more until something else is called than this.</returns>
    bool Run(ulong until);

    /// <summary>Reads a DW of a BAR, which takes cycles.</summary>
    /// <returns>False if something was asked before it was done: it goes on with the same call, once that is answered.</returns>
    bool ReadBar(int bar, uint offset, byte byteEnables, out uint value);

    /// <summary>Writes a DW of a BAR, which takes cycles.</summary>
    /// <inheritdoc cref="ReadBar" path="/returns"/>
    bool WriteBar(int bar, uint offset, uint value, byte byteEnables);

    /// <summary>How the access of a BAR that was done last ended, as the bus says it.</summary>
    CompletionStatus LastAccess { get; }

    /// <summary>Says how a request ended.</summary>
    void Answer(uint tag, RtlResult result, ReadOnlySpan<byte> bytes);

    /// <summary>Looks at a pin of the logic.</summary>
    /// <returns>False if there is none of that name.</returns>
    bool TryReadPin(RtlPin pin, out ulong value);

    /// <summary>Sets a pin of the logic, from the next cycle on.</summary>
    /// <inheritdoc cref="TryReadPin" path="/returns"/>
    bool TrySetPin(RtlPin pin, ulong value);
}
