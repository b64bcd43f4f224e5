using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Maps;
using Pcie.Registers;
using Pcie.Registers.Formats;
using Pcie.Registers.Text;

namespace Pcie.Docs.Registers;

/// <summary>The data sheet of the cards, docs/registers.md, and the same in SystemRDL, from the declarations that decode accesses.</summary>
internal static class RegisterDocuments
{
    private const string Origin = """
        Written from the declarations in emulator/daq, emulator/edu and emulator/function by tools/docs;
        change the declarations, then run it: dotnet run --project tools/docs
        """;

    /// <summary>The card as it is built without a scenario, and the other devices.</summary>
    public static DeviceMap Cards()
    {
        using var card = EmulatedCard.InNoSlot(CardDesign.Daq(new DaqCardOptions()));
        using var edu = EmulatedCard.InNoSlot(CardDesign.Edu);
        using var nvme = EmulatedCard.InNoSlot(CardDesign.Nvme);
        using var endpoint = EmulatedCard.InNoSlot(CardDesign.EndpointTest);
        return new DeviceMap("cards", "",
        [
            CardMap.Block(card.Card.Registers, "daq_bar0", 0, "BAR 0", "The card's own registers, reached by memory requests of one or two DWs."),
            CardMap.Block(card.Function.Configuration, "daq_configuration", null, "Configuration space",
                "The PCI function around the card, reached by configuration requests of one DW."),
            CardMap.Block(edu.Card.Registers, "edu_bar0", 0, "BAR 0 of the edu device",
                "What `emulator --device edu` has instead; compatible with QEMU's device of that name."),
            CardMap.Block(nvme.Card.Registers, "nvme_bar0", 0, "BAR 0 of the NVM Express controller",
                "What `emulator --device nvme` has instead; NVM Express Base Specification, 3.1."),
            CardMap.Block(endpoint.Card.Registers, "endpoint_test_bar0", 0, "BAR 0 of the endpoint's test function",
                "What `emulator --device endpoint-test` has instead; Linux, Documentation/PCI/endpoint/pci-test-function.rst."),
        ]);
    }

    public static string Markdown(DeviceMap cards) => $"""
        # Registers

        <!-- {Origin.ReplaceLineEndings("\n     ")} -->

        The card as it is built without a scenario; a scenario changes reset values such as `CHUNK_SIZE` and `MAX_SLOTS`.
        [`registers.rdl`](registers.rdl) says the same in SystemRDL 2.0, and `emu registers export` in other formats
        ([own-registers.md](own-registers.md)). Every register has 32 bits and is little-endian; a 64-bit value is a pair, `_LO` and `_HI`.
        Bits that are not listed are reserved: they read as zero, and a write that sets one is counted. Places without a register read as
        zero and ignore writes.

        {MarkdownWriter.Accesses(cards.Blocks.SelectMany(block => block.Registers).SelectMany(register => register.Fields).Select(one => one.Access))}

        """.ReplaceLineEndings("\n") + MarkdownWriter.Blocks(cards);

    public static string SystemRdl(DeviceMap cards)
    {
        // 10.1: a register has at least one field, so one that is reserved as a whole is no register.
        var blocks = cards.Blocks.Select(block => block with { Registers = [.. block.Registers.Where(register => register.Fields.Count > 0)] });
        return $"// {Origin.ReplaceLineEndings("\n// ")}\n\n{MapFormat.SystemRdl.Write(cards with { Blocks = [.. blocks] })}";
    }
}
