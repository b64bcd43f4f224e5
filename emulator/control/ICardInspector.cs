using Pcie.Control.Wire;

namespace Pcie.Emulator.Control;

/// <summary>
/// Looks into a card from outside, by the back door. Called from any thread: the implementation takes the gate that the card's
/// engine holds while it runs, so that nobody sees a card in the middle of an event.
/// </summary>
public interface ICardInspector
{
    /// <summary>Identity, BARs, registers and fields.</summary>
    CardDescription Describe();

    /// <summary>Reads a register without any side effect.</summary>
    /// <param name="register">Which.</param>
    /// <exception cref="CardInspectionException">There is none.</exception>
    RegisterValue Peek(RegisterName register);

    /// <summary>Writes a register as a memory write would, and returns what it reads as afterwards.</summary>
    /// <exception cref="CardInspectionException">There is none, or the value does not fit.</exception>
    RegisterValue Poke(RegisterName register, ulong value);

    /// <summary>All of configuration space.</summary>
    ConfigSpace ReadConfig();

    /// <summary>Makes something go wrong now.</summary>
    /// <exception cref="CardInspectionException">There is no such fault, this card cannot have it, or a value is out of range.</exception>
    void InjectFault(InjectFaultRequest request);

    /// <summary>Counters and digests.</summary>
    Statistics GetStatistics();

    /// <summary>Everything that is looked at again and again, of one instant.</summary>
    /// <param name="number">Which of the snapshots it is.</param>
    CardSnapshot TakeSnapshot(ulong number) => new() { Number = number, Statistics = GetStatistics() };

    /// <summary>The trace recorded so far in this attachment, in blocks of a size fit to send.</summary>
    IEnumerable<TraceBlock> GetTrace();
}
