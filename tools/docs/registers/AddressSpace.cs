using Pcie.Emulator.Daq;
using Pcie.Emulator.Edu;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Registers;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Time;

namespace Pcie.Docs.Registers;

/// <summary>A register file under the name that the reference gives it.</summary>
/// <param name="Identifier">For other tools: lower case, no spaces.</param>
/// <param name="Title">For a person.</param>
/// <param name="Sentence">What it is and how it is reached.</param>
internal sealed record AddressSpace(string Identifier, string Title, string Sentence, RegisterFile File)
{
    /// <summary>The spaces of the card as it is built without a scenario, and those of the other device.</summary>
    public static IReadOnlyList<AddressSpace> All()
    {
        using var card = EmulatedCard.InNoSlot(CardDesign.Daq(new DaqCardOptions()));
        using var edu = EmulatedCard.InNoSlot(CardDesign.Edu);
        return
        [
            new("daq_bar0", "BAR 0", "The card's own registers, reached by memory requests of one or two DWs.", card.Card.Registers),
            new("daq_configuration", "Configuration space", "The PCI function around the card, reached by configuration requests of one DW.",
                card.Function.Configuration),
            new("edu_bar0", "BAR 0 of the edu device", "What `emulator --device edu` has instead; compatible with QEMU's device of that name.",
                edu.Card.Registers),
        ];
    }
}
