using Pcie.Pci;

namespace Pcie.Link.Codec;

/// <summary>What link.proto demands of a single TLP, beyond the range of its fields.</summary>
internal static class TlpRules
{
    private const ulong LastConfigRegister = 0xFFC;

    /// <summary>The first rule that a TLP breaks, in words that follow its name; null if it keeps all.</summary>
    public static string? Broken(in Tlp tlp, LinkDirection direction)
    {
        if (tlp.Address % 4 != 0) return $"address 0x{tlp.Address:X} is not a multiple of 4";
        if (tlp.Length % 4 != 0) return $"length {tlp.Length} is not a multiple of 4";
        if (tlp.Kind == TlpKind.Completion) return BrokenByCompletion(tlp);
        if (tlp.Status != CompletionStatus.Successful) return "has a status; only completions have one";
        if (tlp.Kind == TlpKind.Message) return BrokenByMessage(tlp, direction);
        return BrokenByEnables(tlp) ?? (tlp.Kind is TlpKind.MemoryRead or TlpKind.MemoryWrite
            ? BrokenByMemoryRequest(tlp)
            : BrokenByConfigRequest(tlp, direction));
    }

    private static string? BrokenByCompletion(in Tlp tlp)
    {
        if (tlp.Status != CompletionStatus.Successful && tlp.Length != 0)
            return $"{tlp.Status} with length {tlp.Length}; must be 0";
        return tlp.FirstByteEnables != 0 || tlp.LastByteEnables != 0 ? "has byte enables; only requests have them" : null;
    }

    private static string? BrokenByMessage(in Tlp tlp, LinkDirection direction)
    {
        if (direction == LinkDirection.HostToDevice) return "a host sends no messages";
        if (tlp.Length != 0 || tlp.Tag != 0 || tlp.FirstByteEnables != 0 || tlp.LastByteEnables != 0)
            return "a message has neither length nor tag nor byte enables";
        return Enum.IsDefined((MessageCode)tlp.Address) && tlp.Address <= byte.MaxValue ? null
            : $"message code 0x{tlp.Address:X} is neither 0x20 (Assert_INTA) nor 0x24 (Deassert_INTA)";
    }

    // PCI Express Base Specification 2.2.5: several DWs need both enables; one DW has no last. A read with none only flushes.
    private static string? BrokenByEnables(in Tlp tlp) => tlp.Length switch
    {
        0 => "length is 0",
        4 => tlp.LastByteEnables == 0 ? null : "last_be must be 0 when length is 4",
        _ => tlp.FirstByteEnables != 0 && tlp.LastByteEnables != 0
            ? null
            : "first_be and last_be must not be 0 when length is above 4",
    };

    private static string? BrokenByConfigRequest(in Tlp tlp, LinkDirection direction)
    {
        if (direction == LinkDirection.DeviceToHost) return "a device sends no configuration requests";
        if (tlp.Length != 4) return $"length is {tlp.Length}; configuration requests have 4";
        return tlp.Address <= LastConfigRegister ? null : $"register 0x{tlp.Address:X} is above 0x{LastConfigRegister:X}";
    }

    private static string? BrokenByMemoryRequest(in Tlp tlp)
    {
        if (tlp.Kind == TlpKind.MemoryWrite && tlp.Tag != 0) return $"tag is {tlp.Tag}; memory writes have none";
        return tlp.Address <= ulong.MaxValue - (ulong)tlp.Length + 1 ? null : "runs beyond the end of the address space";
    }
}
