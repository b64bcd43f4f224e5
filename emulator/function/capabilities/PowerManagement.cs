using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Function.Capabilities;

/// <summary>
/// Power Management (PCI Express Base Specification 7.5.2): D0 and D3hot. In D3hot the function answers configuration requests
/// alone, and sends nothing (5.3.1.4.1). No_Soft_Reset is 0: coming back to D0 resets it.
/// </summary>
internal sealed class PowerManagement
{
    private const uint CapabilityId = 0x01;
    private const uint PowerState = 3;
    private const uint D0 = 0;
    private const uint D3Hot = 3;

    private readonly Register control;

    /// <param name="next">Offset of the next capability.</param>
    /// <param name="asleep">Told when the function goes to D3hot.</param>
    /// <param name="awake">Told when it comes back to D0.</param>
    public PowerManagement(uint next, Action asleep, Action awake)
    {
        control = new Register("POWER_CONTROL", ConfigOffset.PowerControl, "PMCSR: power state")
            .Field(0, 2, "POWER_STATE", RW, "0: D0, 3: D3hot; others are discarded")
            .Reserved(2, 1)
            .Flag(3, "NO_SOFT_RESET", RO, "0: going from D3hot to D0 resets the function")
            .Reserved(4, 4)
            .Flag(8, "PME_ENABLE", RO, "no PME")
            .Field(9, 4, "DATA_SELECT", RO, "no data register")
            .Field(13, 2, "DATA_SCALE", RO, "no data register")
            .Flag(15, "PME_STATUS", RO, "no PME")
            .Reserved(16, 8)
            .Field(24, 8, "DATA", RO, "no data register")
            // 7.5.2.2: a write of a state that is not supported completes normally, its data is discarded.
            .Stores(value => (value & PowerState) is D0 or D3Hot ? value : null)
            .OnChange(() =>
            {
                if (IsD0) awake();
                else asleep();
            });
        Registers =
        [
            new Register("POWER_CAPABILITIES", ConfigOffset.PowerManagement, "Power Management capability")
                .Field(0, 8, "CAPABILITY_ID", RO, "Power Management", CapabilityId)
                .Field(8, 8, "NEXT_CAPABILITY", RO, "offset of the next one", next)
                .Field(16, 3, "VERSION", RO, "3: Power Management 1.2", 3)
                .Flag(19, "PME_CLOCK", RO, "zero in PCI Express")
                .Flag(20, "IMMEDIATE_READINESS", RO, "0: software waits 10 ms after D3hot")
                .Flag(21, "DEVICE_SPECIFIC_INITIALISATION", RO, "none needed")
                .Field(22, 3, "AUX_CURRENT", RO, "none")
                .Field(25, 2, "D1_D2_SUPPORT", RO, "neither")
                .Field(27, 5, "PME_SUPPORT", RO, "from no state"),
            control,
        ];
    }

    public IReadOnlyList<Register> Registers { get; }

    /// <summary>Whether the function is in D0; else in D3hot.</summary>
    public bool IsD0 => (control.Value & PowerState) == D0;
}
