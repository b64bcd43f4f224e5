using Pcie.Pci.Config;

namespace Pcie.Foreign;

/// <summary>
/// What a function decodes, as its configuration space says: foreign protocols answer accesses to nowhere with zeros or not at all, and a bus with
/// unsupported request.
/// </summary>
internal sealed class FunctionDecoder(IForeignFunction function)
{
    private const uint PowerState = 3;

    private readonly ulong[] sizes = new ulong[ConfigLayout.Bars];
    private readonly ulong[] addresses = new ulong[ConfigLayout.Bars];
    private readonly bool[] are64Bit = new bool[ConfigLayout.Bars];
    private int power, express;
    private bool decodes;

    /// <summary>Vendor and device ID.</summary>
    public (ushort Vendor, ushort Device) Id { get; private set; }

    /// <summary>Finds out what there is, of a function as after power-on, and leaves it so.</summary>
    public async ValueTask EnumerateAsync()
    {
        var id = await ReadAsync(ConfigLayout.VendorId).ConfigureAwait(false);
        Id = ((ushort)id, (ushort)(id >> 16));
        for (var bar = 0; bar < ConfigLayout.Bars; bar++)
        {
            var low = await SizeAsync(bar).ConfigureAwait(false);
            if (low == 0 || BarValue.IsIo(low)) continue;
            are64Bit[bar] = BarValue.Is64Bit(low) && bar + 1 < ConfigLayout.Bars;
            var high = are64Bit[bar] ? await SizeAsync(bar + 1).ConfigureAwait(false) : (uint?)null;
            sizes[bar] = BarValue.Size(BarValue.Writable(low, high));
            if (high is not null) bar++;
        }
        power = await FindAsync(CapabilityId.PowerManagement).ConfigureAwait(false);
        express = await FindAsync(CapabilityId.Express).ConfigureAwait(false);
        await LookAsync().ConfigureAwait(false);
    }

    /// <summary>Whether a write there may change what is decoded.</summary>
    public bool IsConcerned(ulong offset) => offset is >= ConfigLayout.Command and < ConfigLayout.Bar0 + 4 * ConfigLayout.Bars
        || IsRegister(offset, power, PowerManagementLayout.Control) || IsRegister(offset, express, ExpressLayout.DeviceControl);

    /// <summary>Looks again at what is decoded now.</summary>
    public async ValueTask LookAsync()
    {
        var command = await ReadAsync(ConfigLayout.Command).ConfigureAwait(false);
        var state = power == 0 ? 0 : await ReadAsync(power + PowerManagementLayout.Control).ConfigureAwait(false) & PowerState;
        decodes = (command & ConfigLayout.MemorySpace) != 0 && state == 0;
        for (var bar = 0; bar < ConfigLayout.Bars; bar++)
        {
            if (sizes[bar] == 0) continue;
            var low = await ReadAsync(ConfigLayout.Bar0 + 4 * bar).ConfigureAwait(false);
            var high = are64Bit[bar] ? await ReadAsync(ConfigLayout.Bar0 + 4 * (bar + 1)).ConfigureAwait(false) : 0;
            addresses[bar] = BarValue.Address(low, high);
        }
    }

    /// <summary>Which BAR a request is to, if it is wholly in one that answers now.</summary>
    public bool TryDecode(ulong address, int length, out int bar, out ulong offset)
    {
        for (bar = 0; bar < ConfigLayout.Bars; bar++)
        {
            offset = address - addresses[bar];
            if (decodes && offset < sizes[bar] && (ulong)length <= sizes[bar] - offset) return true;
        }
        offset = 0;
        return false;
    }

    private static bool IsRegister(ulong offset, int capability, int register) => capability != 0 && offset / 4 == (ulong)(capability + register) / 4;

    private async ValueTask<uint> SizeAsync(int bar)
    {
        var register = new ForeignAccess(ForeignAccess.Config, (ulong)(ConfigLayout.Bar0 + 4 * bar), 4);
        var before = await function.ReadAsync(register).ConfigureAwait(false);
        await function.WriteAsync(register, BarValue.Sizing).ConfigureAwait(false);
        var writable = (uint)await function.ReadAsync(register).ConfigureAwait(false);
        await function.WriteAsync(register, before).ConfigureAwait(false);
        return writable;
    }

    private async ValueTask<int> FindAsync(byte id)
    {
        if ((await ReadAsync(ConfigLayout.Command).ConfigureAwait(false) >> 16 & ConfigLayout.CapabilitiesList) == 0) return 0;
        var at = (int)await ReadAsync(ConfigLayout.CapabilitiesPointer).ConfigureAwait(false) & 0xFC;
        for (var tried = 0; at >= ConfigLayout.FirstCapability && tried < ConfigLayout.MaxCapabilities; tried++)
        {
            var head = await ReadAsync(at).ConfigureAwait(false);
            if ((head & 0xFF) == id) return at;
            at = (int)(head >> 8) & 0xFC;
        }
        return 0;
    }

    private async ValueTask<uint> ReadAsync(int offset) =>
        (uint)await function.ReadAsync(new ForeignAccess(ForeignAccess.Config, (ulong)offset, 4)).ConfigureAwait(false);
}
