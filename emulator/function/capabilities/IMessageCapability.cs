namespace Pcie.Emulator.Function.Capabilities;

/// <summary>
/// What MSI and MSI-X have in common: which messages there are, what they look like, and which may go. Neither sends itself.
/// </summary>
internal interface IMessageCapability
{
    /// <summary>Messages that the function may raise; 0 while disabled.</summary>
    int Granted { get; }

    bool IsMasked(int message);

    /// <summary>Whether it was held back and goes when it is unmasked.</summary>
    bool IsPending(int message);

    /// <summary>Remembers a message that is masked. It is one bit: how often the message fired is not remembered.</summary>
    /// <returns>False if it was pending already.</returns>
    bool SetPending(int message);

    /// <summary>Takes the lowest pending message that is no longer masked.</summary>
    /// <returns>Its number, or -1.</returns>
    int TakeUnmasked();

    /// <summary>Where a message is written.</summary>
    ulong AddressOf(int message);

    /// <summary>What a message writes.</summary>
    uint DataOf(int message);
}
