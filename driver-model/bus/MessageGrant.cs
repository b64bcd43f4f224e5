using System.Numerics;
using Pcie.Pci.Messages;

namespace Pcie.DriverModel.Bus;

/// <summary>How many messages a device gets.</summary>
internal static class MessageGrant
{
    /// <param name="asked">By the device.</param>
    /// <param name="available">What the machine has.</param>
    /// <returns>At most either; 0 only if one of them is.</returns>
    public static int Of(MessageKind kind, GrantRule rule, int asked, int available)
    {
        if (asked <= available) return asked;
        if (rule == GrantRule.AllOrOne) return Math.Min(available, 1);
        return kind == MessageKind.MsiX || available == 0 ? available : 1 << BitOperations.Log2((uint)available);
    }
}
