using System.Numerics;
using Pcie.Pci.Config;

namespace Pcie.Pci.Messages;

/// <summary>The writes by which software programs a function's messages, in their order. How they are made is the caller's.</summary>
public static class MessageSetUp
{
    /// <summary>MSI: message n writes <paramref name="firstData"/> + n to one address. All are unmasked and enabled.</summary>
    /// <param name="capability">Where the capability is.</param>
    /// <param name="control">Message Control as it reads.</param>
    /// <param name="granted">Messages, a power of two.</param>
    public static IEnumerable<SetUpWrite> Msi(int capability, uint control, uint address, ushort firstData, int granted)
    {
        yield return SetUpWrite.Config(capability + MsiLayout.AddressLow, 4, address);
        if ((control & MsiLayout.Address64) != 0) yield return SetUpWrite.Config(capability + MsiLayout.AddressHigh, 4, 0);
        yield return SetUpWrite.Config(capability + MsiLayout.Data(control), 2, firstData);
        if ((control & MsiLayout.PerVectorMasking) != 0) yield return SetUpWrite.Config(capability + MsiLayout.Mask(control), 4, 0);
        yield return SetUpWrite.Config(capability + MsiLayout.MessageControl, 2,
            control & ~(uint)MsiLayout.Granted | (uint)BitOperations.Log2((uint)granted) << MsiLayout.GrantedShift | MsiLayout.Enable);
    }

    /// <summary>
    /// MSI-X: each entry of the table gets an address and data, and is unmasked. Enabled under the function mask, so that no entry sends
    /// half written (PCI Express Base Specification 6.1.4.2); the last write, which lets all send, follows the posted ones to the table (2.4.1).
    /// </summary>
    /// <param name="capability">Where the capability is.</param>
    /// <param name="control">Message Control as it reads.</param>
    /// <param name="table">Bus address of the table.</param>
    /// <param name="entries">What each entry writes, and where.</param>
    public static IEnumerable<SetUpWrite> Msix(int capability, uint control, ulong table, IEnumerable<(uint Address, uint Data)> entries)
    {
        var enabled = control & ~(uint)MsixLayout.FunctionMask | MsixLayout.Enable;
        yield return SetUpWrite.Config(capability + MsixLayout.MessageControl, 2, enabled | MsixLayout.FunctionMask);
        foreach (var (address, data) in entries)
        {
            yield return SetUpWrite.Memory(table + MsixLayout.EntryAddressLow, address);
            yield return SetUpWrite.Memory(table + MsixLayout.EntryAddressHigh, 0);
            yield return SetUpWrite.Memory(table + MsixLayout.EntryData, data);
            yield return SetUpWrite.Memory(table + MsixLayout.EntryControl, 0);
            table += MsixLayout.EntrySize;
        }
        yield return SetUpWrite.Config(capability + MsixLayout.MessageControl, 2, enabled);
    }

    /// <summary>No more messages from now on.</summary>
    public static SetUpWrite Disable(MessageKind kind, int capability, uint control) => SetUpWrite.Config(capability + MsiLayout.MessageControl, 2,
        control & ~(uint)(kind == MessageKind.MsiX ? MsixLayout.Enable : MsiLayout.Enable));
}
