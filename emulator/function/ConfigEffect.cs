namespace Pcie.Emulator.Function;

/// <summary>What a write to configuration space asks of the function.</summary>
internal enum ConfigEffect
{
    None,

    /// <summary>An enable, a mask or a grant changed: pending messages may go now.</summary>
    MessagesChanged,

    /// <summary>Back from D3hot without No_Soft_Reset (PCI Express Base Specification 5.3.1.4).</summary>
    PowerReset,

    /// <summary>Initiate Function Level Reset was written (6.6.2).</summary>
    FunctionLevelReset,
}
