using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Registers;

namespace Pcie.EndToEnd.Tests.Bus;

/// <summary>The registers of the data-acquisition card as it is built without a scenario, by name.</summary>
internal static class CardRegister
{
    public static RegisterFile All { get; } = EmulatedCard.InNoSlot(CardDesign.Daq(new DaqCardOptions())).Card.Registers;

    /// <summary>Where a register stands in BAR 0.</summary>
    public static uint At(string name) => All.Find(name)!.Offset;
}
