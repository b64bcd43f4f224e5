namespace Pcie.DriverModel.Bus;

/// <summary>How many messages a device gets when there are fewer than it asks for.</summary>
public enum GrantRule
{
    /// <summary>
    /// Exactly one: what Windows does (Windows driver documentation, Introduction to Message-Signaled Interrupts: "if PnP cannot
    /// allocate the requested number of messages, it instead allocates exactly one message").
    /// </summary>
    AllOrOne,

    /// <summary>As many as there are; with MSI, the largest power of two of them.</summary>
    AsManyAsPossible,
}
