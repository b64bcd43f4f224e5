using System.Buffers.Binary;
using Pcie.Foreign;
using Pcie.Pci.Config;

namespace Pcie.Qtest;

/// <summary>
/// Messages go to the window, so that they come here; the host goes on seeing the addresses and data that it has written. Where the host writes an
/// address or data, the device gets the window's; as long as the device has that, the host reads its own. A device that was reset has neither.
/// </summary>
/// <param name="device">The device's own registers.</param>
/// <param name="target">What the device gets in the place of the host's.</param>
internal sealed class SubstitutedMessages(IForeignFunction device, MessageTarget target)
{
    private readonly Dictionary<int, Group> entries = [];
    private Group? msi;
    private int msiControl, tableBar = ForeignAccess.Config;
    private uint granted;
    private ulong table, tableLength;

    /// <summary>Finds out where a device has them.</summary>
    public async ValueTask FindAsync()
    {
        if ((await ConfigAsync(ConfigLayout.Command).ConfigureAwait(false) >> 16 & ConfigLayout.CapabilitiesList) == 0) return;
        var at = (int)await ConfigAsync(ConfigLayout.CapabilitiesPointer).ConfigureAwait(false) & 0xFC;
        for (var tried = 0; at >= ConfigLayout.FirstCapability && tried < ConfigLayout.MaxCapabilities; tried++)
        {
            var head = await ConfigAsync(at).ConfigureAwait(false);
            if ((head & 0xFF) == CapabilityId.Msi)
            {
                var is64Bit = (head >> 16 & MsiLayout.Address64) != 0;
                msiControl = at + MsiLayout.MessageControl;
                var address = new ForeignAccess(ForeignAccess.Config, (ulong)(at + MsiLayout.AddressLow), 4);
                msi = new Group(address, is64Bit, 2, target.MsiAddress, target.MsiData);
            }
            if ((head & 0xFF) == CapabilityId.Msix)
            {
                (tableBar, var offset) = MsixLayout.Place(await ConfigAsync(at + MsixLayout.Table).ConfigureAwait(false));
                (table, tableLength) = (offset, (ulong)MsixLayout.Entries(head >> 16) * MsixLayout.EntrySize);
            }
            at = (int)(head >> 8) & 0xFC;
        }
    }

    /// <summary>Whether a read may be of what the host sees otherwise than the device.</summary>
    public bool Concern(in ForeignAccess access) => GroupOf(access, writes: false) is not null;

    /// <summary>Reads what the device has, or the host's own.</summary>
    public async ValueTask<ulong> ReadAsync(ForeignAccess access)
    {
        var value = await device.ReadAsync(access).ConfigureAwait(false);
        if (GroupOf(access, writes: false) is not { } group || !await IsSubstitutedAsync(group).ConfigureAwait(false)) return value;
        for (var i = 0; i < access.Bytes; i++)
            if (group.IndexOf(access, i) is >= 0 and var at) value = value & ~(0xFFUL << 8 * i) | (ulong)group.Host[at] << 8 * i;
        return value;
    }

    /// <summary>Writes to the device, or keeps what the host alone is to see.</summary>
    public async ValueTask WriteAsync(ForeignAccess access, ulong value)
    {
        if (access.IsConfig && msi is not null && access.Offset <= (ulong)msiControl && (ulong)msiControl < access.Offset + (ulong)access.Bytes)
            granted = (uint)(value >> (int)(8 * ((ulong)msiControl - access.Offset))) & MsiLayout.Granted;
        if (GroupOf(access, writes: true) is not { } group)
        {
            await device.WriteAsync(access, value).ConfigureAwait(false);
            return;
        }
        if (!await IsSubstitutedAsync(group).ConfigureAwait(false)) await SubstituteAsync(group).ConfigureAwait(false);
        for (var i = 0; i < access.Bytes;)
        {
            if (group.IndexOf(access, i) is >= 0 and var at)
            {
                // The two lowest bits of an address are none (PCI Express Base Specification 7.7.1.3).
                group.Host[at] = (byte)(value >> 8 * i & (at == 0 ? 0xFCu : 0xFF));
                i++;
                continue;
            }
            // What is beside them in a DW or behind it: reserved bits, an entry's mask.
            var rest = access with { Offset = access.Offset + (ulong)i, Address = access.Address + (ulong)i, Bytes = access.Bytes - i };
            await device.WriteAsync(rest, value >> 8 * i).ConfigureAwait(false);
            break;
        }
    }

    /// <summary>Which message of the host's the device has sent.</summary>
    /// <returns>Null if it is none.</returns>
    public (ulong Address, uint Data)? MessageOf(ulong address, uint data)
    {
        if (address == target.MsixAddress && entries.TryGetValue((int)(data - target.MsixData), out var entry))
            return (entry.HostAddress, entry.HostData);
        if (address != target.MsiAddress || msi is null) return null;
        var lowBits = (1u << (int)(granted >> MsiLayout.GrantedShift)) - 1;
        return (msi.HostAddress, msi.HostData & ~lowBits | data - target.MsiData & lowBits);
    }

    private Group? GroupOf(in ForeignAccess access, bool writes)
    {
        if (access.IsConfig) return msi is not null && msi.Overlaps(access) ? msi : null;
        if (access.Bar != tableBar || access.Offset - table >= tableLength) return null;
        var number = (int)((access.Offset - table) / MsixLayout.EntrySize);
        if (!entries.TryGetValue(number, out var entry) && writes)
            entries[number] = entry = new Group(access with
            {
                Offset = table + (ulong)(number * MsixLayout.EntrySize), Bytes = 4,
                Address = access.Address - (access.Offset - table) % MsixLayout.EntrySize,
            }, true, 4, target.MsixAddress, target.MsixData + (uint)number);
        return entry is not null && entry.Overlaps(access) ? entry : null;
    }

    private async ValueTask<bool> IsSubstitutedAsync(Group group) =>
        (uint)await device.ReadAsync(group.PlaceAt(0, 4)).ConfigureAwait(false) == group.Address;

    private async ValueTask SubstituteAsync(Group group)
    {
        Array.Clear(group.Host);
        await device.WriteAsync(group.PlaceAt(0, 4), group.Address).ConfigureAwait(false);
        if (group.DataAt == 8) await device.WriteAsync(group.PlaceAt(4, 4), 0).ConfigureAwait(false);
        await device.WriteAsync(group.PlaceAt(group.DataAt, group.DataBytes), group.Data).ConfigureAwait(false);
    }

    private async ValueTask<uint> ConfigAsync(int offset) =>
        (uint)await device.ReadAsync(new ForeignAccess(ForeignAccess.Config, (ulong)offset, 4)).ConfigureAwait(false);

    // Address and data of a message, or of the messages that share them.
    private sealed class Group(ForeignAccess first, bool is64Bit, int dataBytes, uint address, uint data)
    {
        private readonly int length = (is64Bit ? 8 : 4) + dataBytes;

        /// <summary>What the host has written, from the address on.</summary>
        public byte[] Host { get; } = new byte[12];

        public uint Address => address;
        public uint Data => data;
        public int DataAt => is64Bit ? 8 : 4;
        public int DataBytes => dataBytes;

        public ulong HostAddress => is64Bit ? BinaryPrimitives.ReadUInt64LittleEndian(Host) : BinaryPrimitives.ReadUInt32LittleEndian(Host);

        public uint HostData => BinaryPrimitives.ReadUInt32LittleEndian(Host.AsSpan(DataAt)) & (dataBytes == 2 ? 0xFFFF : uint.MaxValue);

        public ForeignAccess PlaceAt(int offset, int bytes) =>
            first with { Offset = first.Offset + (ulong)offset, Address = first.Address + (ulong)offset, Bytes = bytes };

        public bool Overlaps(in ForeignAccess access) =>
            access.Offset < first.Offset + (ulong)length && first.Offset < access.Offset + (ulong)access.Bytes;

        /// <summary>Where a byte of an access is kept; -1 if it is the device's.</summary>
        public int IndexOf(in ForeignAccess access, int i) =>
            access.Offset + (ulong)i - first.Offset is var at && at < (ulong)length ? (int)at : -1;
    }
}
