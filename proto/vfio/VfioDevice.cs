using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pcie.Pci.Config;

namespace Pcie.Vfio;

/// <summary>The kernel's device: its regions, its interrupts, its reset.</summary>
internal sealed unsafe class VfioDevice : IMessageSource, IDisposable
{
    /// <summary>Numbers of VFIO's interrupts.</summary>
    public const int Msi = 1, Msix = 2, Error = 3, Request = 4;

    private const int ConfigRegion = 7;
    private const uint CanReset = 1, IsPci = 2, CanMap = 4;
    private const uint DataNone = 1, DataEventFd = 4, ActionTrigger = 32;

    private readonly FileDescriptor file;
    private readonly string name;
    private readonly Region[] bars = new Region[ConfigLayout.Bars];
    private readonly Region config;
    private readonly bool canReset;

    /// <param name="file">The device's, which is this one's from now on.</param>
    /// <param name="name">For a person.</param>
    /// <exception cref="IOException">It is none that can be used.</exception>
    public VfioDevice(FileDescriptor file, string name)
    {
        (this.file, this.name) = (file, name);
        var info = new DeviceInfo { Length = (uint)sizeof(DeviceInfo) };
        if (Libc.Control(file.Number, VfioRequest.Number(VfioRequest.DeviceGetInfo), (nint)(&info)) != 0 || (info.Flags & IsPci) == 0)
            throw new IOException($"{name} is no PCI device of VFIO's: {Marshal.GetLastPInvokeErrorMessage()}.");
        canReset = (info.Flags & CanReset) != 0;
        config = RegionOf(ConfigRegion);
        for (var bar = 0; bar < bars.Length; bar++) bars[bar] = RegionOf(bar);
    }

    /// <summary>Resets it, if it can be reset.</summary>
    public void TryReset()
    {
        if (canReset) Libc.Control(file.Number, VfioRequest.Number(VfioRequest.DeviceReset), 0);
    }

    /// <summary>Whether there is a BAR whose registers the kernel reaches for us, which takes longer.</summary>
    public bool IsReachedByKernel(int bar) => bars[bar] is { Length: > 0, Memory: 0 };

    /// <inheritdoc/>
    public int Find(byte id)
    {
        if ((ReadConfig(ConfigLayout.Status, 2) & ConfigLayout.CapabilitiesList) == 0) return 0;
        var at = (int)ReadConfig(ConfigLayout.CapabilitiesPointer, 1) & ~3;
        for (var tried = 0; at >= ConfigLayout.FirstCapability && tried < ConfigLayout.MaxCapabilities; tried++)
        {
            var head = ReadConfig(at, 2);
            if ((head & 0xFF) == id) return at;
            at = (int)(head >> 8) & ~3;
        }
        return 0;
    }

    /// <inheritdoc/>
    public uint ReadConfig(int offset, int bytes)
    {
        if ((ulong)(offset + bytes) > config.Length) return uint.MaxValue >> 32 - 8 * bytes;
        return (uint)ReadAt(config, (ulong)offset, bytes);
    }

    /// <exception cref="IOException">The device is gone.</exception>
    public void WriteConfig(int offset, int bytes, uint value)
    {
        if ((ulong)(offset + bytes) <= config.Length) WriteAt(config, (ulong)offset, bytes, value);
    }

    /// <summary>
    /// Reads a BAR, naturally aligned. Only while Memory Space is on and the function in D0: the kernel ends a process that does otherwise.
    /// </summary>
    public ulong Read(int bar, ulong offset, int bytes)
    {
        ref readonly var region = ref bars[bar];
        if (region.Length < (ulong)bytes || offset > region.Length - (ulong)bytes) return ulong.MaxValue;
        if (region.Memory == 0) return ReadAt(region, offset, bytes);
        var place = (void*)(region.Memory + (nint)offset);
        return bytes switch
        {
            1 => Volatile.Read(ref *(byte*)place),
            2 => Volatile.Read(ref *(ushort*)place),
            4 => Volatile.Read(ref *(uint*)place),
            _ => Volatile.Read(ref *(ulong*)place),
        };
    }

    /// <inheritdoc cref="Read"/>
    public void Write(int bar, ulong offset, int bytes, ulong value)
    {
        ref readonly var region = ref bars[bar];
        if (region.Length < (ulong)bytes || offset > region.Length - (ulong)bytes) return;
        if (region.Memory == 0)
        {
            WriteAt(region, offset, bytes, value);
            return;
        }
        var place = (void*)(region.Memory + (nint)offset);
        switch (bytes)
        {
            case 1:
                Volatile.Write(ref *(byte*)place, (byte)value);
                break;
            case 2:
                Volatile.Write(ref *(ushort*)place, (ushort)value);
                break;
            case 4:
                Volatile.Write(ref *(uint*)place, (uint)value);
                break;
            default:
                Volatile.Write(ref *(ulong*)place, value);
                break;
        }
    }

    /// <summary>How many interrupts of a kind there are.</summary>
    public int CountOf(int kind)
    {
        var info = new IrqInfo { Length = (uint)sizeof(IrqInfo), Index = (uint)kind };
        return Libc.Control(file.Number, VfioRequest.Number(VfioRequest.DeviceGetIrqInfo), (nint)(&info)) == 0 ? (int)info.Count : 0;
    }

    /// <inheritdoc/>
    public int Connect(int kind, IReadOnlyList<FileDescriptor> counters)
    {
        for (var count = counters.Count; ;)
        {
            var bytes = sizeof(IrqSet) + count * sizeof(int);
            var place = NativeMemory.Alloc((nuint)bytes);
            *(IrqSet*)place = new IrqSet { Length = (uint)bytes, Flags = DataEventFd | ActionTrigger, Index = (uint)kind, Count = (uint)count };
            for (var i = 0; i < count; i++) ((int*)((IrqSet*)place + 1))[i] = counters[i].Number;
            var result = Libc.Control(file.Number, VfioRequest.Number(VfioRequest.DeviceSetIrqs), (nint)place);
            var error = Marshal.GetLastPInvokeErrorMessage();
            NativeMemory.Free(place);
            if (result == 0) return count;
            if (result < 0 || result >= count) throw new IOException($"The interrupts of {name} cannot be had: {error}. dmesg says more.");
            // So many there are.
            count = result;
        }
    }

    /// <inheritdoc/>
    public void Disconnect(int kind)
    {
        var none = new IrqSet { Length = (uint)sizeof(IrqSet), Flags = DataNone | ActionTrigger, Index = (uint)kind };
        Libc.Control(file.Number, VfioRequest.Number(VfioRequest.DeviceSetIrqs), (nint)(&none));
    }

    public void Dispose()
    {
        foreach (var bar in bars)
            if (bar.Memory != 0) Libc.Unmap(bar.Memory, (nuint)bar.Length);
        file.Dispose();
    }

    private Region RegionOf(int index)
    {
        var info = new RegionInfo { Length = (uint)sizeof(RegionInfo), Index = (uint)index };
        if (Libc.Control(file.Number, VfioRequest.Number(VfioRequest.DeviceGetRegionInfo), (nint)(&info)) != 0 || info.Bytes == 0) return default;
        var memory = (nint)0;
        // Refused where it can be mapped in parts alone: old kernels keep the table of MSI-X to themselves.
        if (index < ConfigLayout.Bars && (info.Flags & CanMap) != 0)
        {
            memory = Libc.Map(0, (nuint)info.Bytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, file.Number, (long)info.Offset);
            if (memory == -1) memory = 0;
        }
        return new Region(info.Offset, info.Bytes, memory);
    }

    private ulong ReadAt(in Region region, ulong offset, int bytes)
    {
        var value = stackalloc byte[sizeof(ulong)];
        if (Libc.ReadAt(file.Number, value, (nuint)bytes, (long)(region.Offset + offset)) != bytes) throw Gone();
        return BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(value, sizeof(ulong))) & ulong.MaxValue >> 64 - 8 * bytes;
    }

    private void WriteAt(in Region region, ulong offset, int bytes, ulong value)
    {
        if (Libc.WriteAt(file.Number, &value, (nuint)bytes, (long)(region.Offset + offset)) != bytes) throw Gone();
    }

    private IOException Gone() => new($"{name} cannot be reached any more: {Marshal.GetLastPInvokeErrorMessage()}. Was it pulled out, or unbound? "
        + "dmesg says more; attach again when it is back.");

    private readonly record struct Region(ulong Offset, ulong Length, nint Memory);

    // struct vfio_device_info.
    private struct DeviceInfo
    {
        public uint Length;
        public uint Flags;
        public uint Regions;
        public uint Irqs;
        public uint Capabilities;
    }

    // struct vfio_region_info.
    private struct RegionInfo
    {
        public uint Length;
        public uint Flags;
        public uint Index;
        public uint Capabilities;
        public ulong Bytes;
        public ulong Offset;
    }

    // struct vfio_irq_info.
    private struct IrqInfo
    {
        public uint Length;
        public uint Flags;
        public uint Index;
        public uint Count;
    }

    // struct vfio_irq_set, before its eventfds.
    private struct IrqSet
    {
        public uint Length;
        public uint Flags;
        public uint Index;
        public uint Start;
        public uint Count;
    }
}
