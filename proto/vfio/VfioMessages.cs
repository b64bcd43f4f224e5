using NLog;
using Pcie.Foreign;
using Pcie.Logging;
using Pcie.Pci.Config;

namespace Pcie.Vfio;

/// <summary>
/// The messages of a function. The kernel takes them, with addresses and data of its own, and counts them; they become those that the host has
/// programmed. The table of MSI-X that the host sees is kept here with its masks, and so are the pending bits.
/// </summary>
internal sealed class VfioMessages
{
    // Of the longest form of the capability.
    private const int MsiBytes = 0x18;

    // As many at one look are what a machine can tell apart at all.
    private const ulong MostAtOnce = 4096;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly IMessageSource device;
    private readonly EventCounters events;
    private readonly ForeignPort port;
    private readonly string name;
    private readonly int msi, msix, table, pendingBits;
    private readonly uint[] entries;
    private readonly bool[] pending;
    private readonly (int Bar, uint Offset) tablePlace, pendingPlace;
    private int connected, connectedKind;
    private uint msiControl, msiData, msixControl;
    private ulong msiAddress, beyond;

    /// <param name="name">For a person.</param>
    public VfioMessages(IMessageSource device, EventCounters events, ForeignPort port, string name)
    {
        (this.device, this.events, this.port, this.name) = (device, events, port, name);
        (msi, msix) = (device.Find(CapabilityId.Msi), device.Find(CapabilityId.Msix));
        var count = msix == 0 ? 0 : MsixLayout.Entries(device.ReadConfig(msix + MsixLayout.MessageControl, 2));
        entries = new uint[count * MsixLayout.EntrySize / sizeof(uint)];
        pending = new bool[count];
        Reset();
        if (count == 0) return;
        (tablePlace, pendingPlace) = (MsixLayout.Place(device.ReadConfig(msix + MsixLayout.Table, 4)),
            MsixLayout.Place(device.ReadConfig(msix + MsixLayout.PendingBits, 4)));
        (table, pendingBits) = (entries.Length * sizeof(uint), (count + 63) / 64 * sizeof(ulong));
    }

    /// <summary>Reads a register that is kept here.</summary>
    /// <returns>False if it is the device's.</returns>
    public bool TryRead(in ForeignAccess access, out ulong value)
    {
        value = 0;
        if (IsIn(access, tablePlace, table, out var at))
        {
            for (var i = 0; i < access.Bytes; i++) value |= (ulong)(entries[(at + i) / 4] >> (at + i) % 4 * 8 & 0xFF) << 8 * i;
            return true;
        }
        if (!IsIn(access, pendingPlace, pendingBits, out at)) return false;
        for (var bit = 0; bit < 8 * access.Bytes; bit++)
            if (8 * at + bit < pending.Length && pending[8 * at + bit]) value |= 1UL << bit;
        return true;
    }

    /// <summary>Writes a register that is kept here; what that unmasks is sent.</summary>
    /// <returns>False if it is the device's.</returns>
    public bool TryWrite(in ForeignAccess access, ulong value)
    {
        // 7.7.2.3: pending bits are read-only.
        if (!IsIn(access, tablePlace, table, out var at)) return IsIn(access, pendingPlace, pendingBits, out _);
        for (var i = 0; i < access.Bytes; i++)
        {
            ref var word = ref entries[(at + i) / 4];
            var shift = (at + i) % 4 * 8;
            word = word & ~(0xFFu << shift) | ((uint)(value >> 8 * i) & 0xFF) << shift;
        }
        var entry = at / MsixLayout.EntrySize;
        // 7.7.2.2: the low bits of an address are 0, and of Vector Control there is one.
        entries[4 * entry] &= ~3u;
        entries[4 * entry + 3] &= 1;
        SendPending(entry);
        return true;
    }

    /// <summary>
    /// A write of configuration space is to come: if it enables messages, the kernel counts them first, and if it disables them none.
    /// </summary>
    public void Writing(in ForeignAccess access, ulong value)
    {
        if (IsControl(access, msi, value, out var control))
            Connect(VfioDevice.Msi,
                (control & MsiLayout.Enable) == 0 ? 0 : 1 << Math.Min(5, (int)(control & MsiLayout.Granted) >> MsiLayout.GrantedShift));
        else if (IsControl(access, msix, value, out control))
            Connect(VfioDevice.Msix, (control & MsixLayout.Enable) == 0 ? 0 : pending.Length);
    }

    /// <summary>The write has been made; what it unmasks is sent.</summary>
    public void Written(in ForeignAccess access)
    {
        if (msi != 0 && access.Offset < (ulong)(msi + MsiBytes) && access.Offset + (ulong)access.Bytes > (ulong)msi)
        {
            msiControl = device.ReadConfig(msi + MsiLayout.MessageControl, 2);
            msiAddress = device.ReadConfig(msi + MsiLayout.AddressLow, 4)
                | ((msiControl & MsiLayout.Address64) == 0 ? 0 : (ulong)device.ReadConfig(msi + MsiLayout.AddressHigh, 4) << 32);
            msiData = device.ReadConfig(msi + MsiLayout.Data(msiControl), 2);
        }
        if (!IsControl(access, msix, 0, out _)) return;
        msixControl = device.ReadConfig(msix + MsixLayout.MessageControl, 2);
        for (var entry = 0; entry < pending.Length; entry++) SendPending(entry);
    }

    /// <summary>None are enabled, masked as after a reset, and nothing is pending.</summary>
    public void Reset()
    {
        Connect(connectedKind, 0);
        (msiControl, msixControl) = (0, 0);
        Array.Clear(entries);
        Array.Clear(pending);
        for (var entry = 0; entry < pending.Length; entry++) entries[4 * entry + 3] = 1;
    }

    /// <summary>The kernel has counted messages of a vector.</summary>
    public void Came(int vector, ulong count)
    {
        if (count > MostAtOnce)
        {
            beyond += count - MostAtOnce;
            Log.Repeatedly(LogLevel.Warn, beyond, $"{count} messages {vector} of {name} came at once; {MostAtOnce} of them are passed on.");
        }
        for (var i = 0UL; i < Math.Min(count, MostAtOnce); i++)
        {
            if (connectedKind == VfioDevice.Msi) SendMsi(vector);
            else if (vector < pending.Length) SendMsix(vector);
        }
    }

    private void SendMsi(int vector)
    {
        if ((msiControl & MsiLayout.Enable) == 0) return;
        // The function puts its number into the low bits of the data (7.7.1.2).
        var lowBits = (uint)connected - 1;
        port.SendMessage(msiAddress, msiData & ~lowBits | (uint)vector & lowBits);
    }

    private void SendMsix(int vector)
    {
        pending[vector] = true;
        SendPending(vector);
    }

    // 7.7.2.3: one that is masked is kept, once, and sent when it is not any more.
    private void SendPending(int vector)
    {
        if (!pending[vector] || (entries[4 * vector + 3] & 1) != 0) return;
        if ((msixControl & (MsixLayout.Enable | MsixLayout.FunctionMask)) != MsixLayout.Enable) return;
        pending[vector] = false;
        port.SendMessage(entries[4 * vector] | (ulong)entries[4 * vector + 1] << 32, entries[4 * vector + 2]);
    }

    private void Connect(int kind, int wanted)
    {
        if (wanted > 0 && connectedKind == kind && connected == wanted) return;
        if (connected > 0 && (connectedKind == kind || wanted > 0))
        {
            device.Disconnect(connectedKind);
            events.Remove(tag => tag >= 0);
            connected = 0;
        }
        if (wanted == 0) return;
        connectedKind = kind;
        connected = device.Connect(kind, [.. Enumerable.Range(0, wanted).Select(events.Add)]);
        if (connected < wanted)
            Log.Warn("{0} sends {1} messages; this machine has vectors for {2}, and the others do not come.", name, wanted, connected);
    }

    private static bool IsIn(in ForeignAccess access, (int Bar, uint Offset) place, int length, out int at)
    {
        at = (int)(access.Offset - place.Offset);
        return length > 0 && access.Bar == place.Bar && access.Offset - place.Offset < (ulong)length;
    }

    // Whether it writes the control register of a capability, and what that will be.
    private bool IsControl(in ForeignAccess access, int capability, ulong value, out uint control)
    {
        control = 0;
        var register = (ulong)(capability + MsiLayout.MessageControl);
        if (capability == 0 || !access.IsConfig || access.Offset >= register + 2 || access.Offset + (ulong)access.Bytes <= register) return false;
        control = device.ReadConfig((int)register, 2);
        for (var i = 0; i < access.Bytes; i++)
            if (access.Offset + (ulong)i - register is var lane && lane < 2)
                control = control & ~(0xFFu << (int)lane * 8) | ((uint)(value >> 8 * i) & 0xFF) << (int)lane * 8;
        return true;
    }
}
