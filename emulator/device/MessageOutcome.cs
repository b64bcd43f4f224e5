namespace Pcie.Emulator.Device;

/// <summary>What became of a raised MSI message.</summary>
public enum MessageOutcome
{
    /// <summary>The write is on its way.</summary>
    Sent,

    /// <summary>Masked: its pending bit is set now, and it will be sent once when unmasked.</summary>
    Pending,

    /// <summary>Masked and pending already: this one is remembered nowhere.</summary>
    Collapsed,

    /// <summary>No message is enabled, and the card has a line in its place, whose level tells.</summary>
    LeftToLine,

    /// <summary>MSI or bus mastering is disabled: nothing was sent and nothing is remembered.</summary>
    Lost,
}
