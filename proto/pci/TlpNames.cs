namespace Pcie.Pci;

/// <summary>The specification's names of TLPs and of what completions say, as bus analysers print them.</summary>
public static class TlpNames
{
    public static string Of(in Tlp tlp) => tlp.Kind switch
    {
        TlpKind.ConfigRead => "CfgRd0",
        TlpKind.ConfigWrite => "CfgWr0",
        TlpKind.MemoryRead => "MRd",
        TlpKind.MemoryWrite => "MWr",
        TlpKind.Message => "Msg",
        _ => tlp.HasPayload ? "CplD" : "Cpl",
    };

    /// <summary>Of what a message says.</summary>
    public static string OfMessage(in Tlp message) => (MessageCode)message.Address == MessageCode.AssertIntA ? "Assert_INTA" : "Deassert_INTA";

    public static string Of(CompletionStatus status) => status switch
    {
        CompletionStatus.Successful => "SC",
        CompletionStatus.UnsupportedRequest => "UR",
        _ => "CA",
    };
}
