using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Capabilities;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Function;

/// <summary>Configuration space of a function: the header, the list of capabilities, and what a write to them asks of the function.</summary>
internal sealed class ConfigurationSpace
{
    /// <param name="isPending">Whether a request of the function waits for its completion.</param>
    /// <exception cref="ArgumentException">The identity asks for what no function has.</exception>
    public ConfigurationSpace(DeviceIdentity identity, Func<bool> isPending)
    {
        if (identity.MsixEntries != 0)
            Msix = new MsixCapability(identity.MsixEntries, FirstFreeBar(identity.Bars), ConfigOffset.Express, TellMessages);
        Header = new ConfigHeader(identity, Msix is null ? identity.Bars : WithTable(identity.Bars, Msix), TellMessages);
        Power = new PowerManagement(next: ConfigOffset.Msi, asleep: TellMessages, awake: () => PowerReset?.Invoke());
        Msi = new MsiCapability(identity.MsiMessages, next: Msix is null ? ConfigOffset.Express : ConfigOffset.Msix, TellMessages);
        Express = new ExpressCapability(next: 0, isPending, () => FunctionLevelReset?.Invoke());
        Registers = new RegisterFile(ConfigOffset.Size,
        [
            .. Header.Registers, .. Power.Registers, .. Msi.Registers, .. Msix?.Registers ?? [], .. Express.Registers, .. AdvancedErrors.Registers,
        ])
        {
            // Software finds out what is there by writing and reading what is not.
            Name = "configuration space", MisuseLevel = LogLevel.Debug,
        };
    }

    /// <summary>An enable, a mask or a grant changed: pending messages may go now.</summary>
    public event Action? MessagesChanged;

    /// <summary>Back from D3hot without No_Soft_Reset (PCI Express Base Specification 5.3.1.4).</summary>
    public event Action? PowerReset;

    /// <summary>Initiate Function Level Reset was written (6.6.2).</summary>
    public event Action? FunctionLevelReset;

    public RegisterFile Registers { get; }
    public ConfigHeader Header { get; }
    public PowerManagement Power { get; }
    public MsiCapability Msi { get; }
    public MsixCapability? Msix { get; }
    public ExpressCapability Express { get; }
    public AdvancedErrors AdvancedErrors { get; } = new();

    /// <summary>Whether the function may send requests, a message being one.</summary>
    public bool IsMaster => Header.BusMaster && Power.IsD0;

    /// <summary>Why it may not.</summary>
    public string WhyNotMaster => Power.IsD0 ? "COMMAND_STATUS.BUS_MASTER_ENABLE is 0" : "POWER_CONTROL.POWER_STATE is D3hot";

    /// <summary>Whether the host has enabled messages of either kind.</summary>
    public bool MessagesEnabled => Msi.Granted > 0 || Msix?.Granted > 0;

    /// <summary>Power-on state, but for sticky registers (6.6.1).</summary>
    public void Reset()
    {
        Registers.Reset();
        Msix?.Table.Reset();
    }

    private void TellMessages() => MessagesChanged?.Invoke();

    private static int FirstFreeBar(IReadOnlyList<BarRequest> bars) => bars.Count + (bars is [.., { Is64Bit: true }] ? 1 : 0);

    // Behind an upper half, which the device did not name, a place is left out.
    private static BarRequest[] WithTable(IReadOnlyList<BarRequest> bars, MsixCapability msix) =>
        [.. bars, .. Enumerable.Repeat(new BarRequest(0), msix.Bar - bars.Count), new BarRequest(msix.Table.BarSize)];
}
