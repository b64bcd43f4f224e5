using Pcie.Emulator.Device;
using Pcie.Emulator.Maps;
using Pcie.Emulator.Registers;
using Pcie.Registers;

namespace Pcie.TestKit.Emulated;

/// <summary>The registers of an emulated card by name, from the declaration that decodes accesses to them.</summary>
public static class EmulatedCardMap
{
    /// <summary>Those of all its BARs.</summary>
    public static RegisterMap Of(DeviceIdentity identity, ICard card) => RegisterMap.Of(CardMap.Of(identity, card));

    /// <param name="bar">Where the register file lies.</param>
    public static RegisterMap Of(RegisterFile file, int bar = 0) => RegisterMap.Of(new DeviceMap("card", "", [CardMap.Block(file, "card", bar, "",
        "")]));
}
