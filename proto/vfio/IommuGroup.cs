using System.Runtime.InteropServices;

namespace Pcie.Vfio;

/// <summary>VFIO's container with one group of devices that the IOMMU does not tell apart.</summary>
internal sealed unsafe class IommuGroup : IIommu
{
    private const uint Viable = 1, ReadAndWrite = 3;

    private readonly FileDescriptor container, group;

    private IommuGroup(FileDescriptor container, FileDescriptor group) => (this.container, this.group) = (container, group);

    /// <param name="device">Whose group.</param>
    /// <param name="number">The group's.</param>
    /// <exception cref="IOException">It cannot be had; the text says what to do.</exception>
    public static IommuGroup Open(string device, string number)
    {
        var container = FileDescriptor.TryOpen("/dev/vfio/vfio", out var error)
            ?? throw new IOException(error == Libc.NoEntry ? "/dev/vfio/vfio is not there: load VFIO (modprobe vfio-pci)."
                : Unopened("/dev/vfio/vfio", error));
        try
        {
            var path = $"/dev/vfio/{number}";
            var group = FileDescriptor.TryOpen(path, out error) ?? throw new IOException(error switch
            {
                Libc.Busy => $"{device} is in use: another program has {path} open (fuser {path} tells which). End it, and attach again.",
                Libc.NoEntry => $"{path} is not there, though {device} is bound to vfio-pci: is /dev what the kernel makes it "
                    + "(devtmpfs), in a container too?",
                _ => Unopened(path, error),
            });
            try
            {
                Join(device, number, container, group);
                return new IommuGroup(container, group);
            }
            catch
            {
                group.Dispose();
                throw;
            }
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public FileDescriptor OpenDevice(string device)
    {
        var name = Marshal.StringToCoTaskMemUTF8(device);
        var number = Libc.Control(group.Number, VfioRequest.Number(VfioRequest.GroupGetDevice), name);
        var error = Marshal.GetLastPInvokeErrorMessage();
        Marshal.FreeCoTaskMem(name);
        return number >= 0 ? new FileDescriptor(number)
            : throw new IOException($"{device} cannot be opened: {error}. The kernel's log (dmesg) says why; is it bound to vfio-pci, and powered?");
    }

    /// <inheritdoc/>
    public void Map(ulong address, nint memory, ulong length)
    {
        var map = new DmaMap { Length = (uint)sizeof(DmaMap), Flags = ReadAndWrite, Memory = (ulong)memory, Address = address, Bytes = length };
        if (Libc.Control(container.Number, VfioRequest.Number(VfioRequest.IommuMapDma), (nint)(&map)) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        var cure = error switch
        {
            Libc.OutOfMemory => "Memory that a device reaches stays in place, and counts as locked: raise the limit (ulimit -l).",
            Libc.Invalid or Libc.NotPermitted => "The IOMMU reserves that address, or has fewer bits; dmesg says more.",
            _ => "dmesg says more.",
        };
        throw new IOException($"{length} bytes cannot be mapped for the device at 0x{address:X}: {Marshal.GetPInvokeErrorMessage(error)}. {cure}");
    }

    /// <inheritdoc/>
    public void Unmap(ulong address, ulong length)
    {
        var unmap = new DmaUnmap { Length = (uint)sizeof(DmaUnmap), Address = address, Bytes = length };
        Libc.Control(container.Number, VfioRequest.Number(VfioRequest.IommuUnmapDma), (nint)(&unmap));
    }

    public void Dispose()
    {
        group.Dispose();
        container.Dispose();
    }

    private static void Join(string device, string number, FileDescriptor container, FileDescriptor group)
    {
        if (Libc.Control(container.Number, VfioRequest.Number(VfioRequest.GetApiVersion), 0) != 0
            || Libc.Control(container.Number, VfioRequest.Number(VfioRequest.CheckExtension), VfioRequest.Type1V2) <= 0)
            throw new IOException("This kernel's VFIO has no IOMMU of type 1: load vfio_iommu_type1 (modprobe vfio_iommu_type1).");
        var status = new GroupStatus { Length = (uint)sizeof(GroupStatus) };
        Libc.Control(group.Number, VfioRequest.Number(VfioRequest.GroupGetStatus), (nint)(&status));
        if ((status.Flags & Viable) == 0)
            throw new IOException($"{device} shares IOMMU group {number} with {SystemDevices.OthersOf(number, device)}, which other drivers have. "
                + "Bind all of the group to vfio-pci or to no driver, or put the card into another slot.");
        var file = container.Number;
        if (Libc.Control(group.Number, VfioRequest.Number(VfioRequest.GroupSetContainer), (nint)(&file)) != 0
            || Libc.Control(container.Number, VfioRequest.Number(VfioRequest.SetIommu), VfioRequest.Type1V2) != 0)
            throw new IOException($"IOMMU group {number} cannot be taken: {Marshal.GetLastPInvokeErrorMessage()}. dmesg says more; without interrupt "
                + "remapping the kernel wants vfio_iommu_type1.allow_unsafe_interrupts=1.");
    }

    private static string Unopened(string path, int error) => $"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}."
        + (error is Libc.NoAccess or Libc.NotPermitted ? $" Who uses it must own it (chown $USER {path}), by a rule of udev for good." : "");

    // struct vfio_group_status.
    private struct GroupStatus
    {
        public uint Length;
        public uint Flags;
    }

    // struct vfio_iommu_type1_dma_map.
    private struct DmaMap
    {
        public uint Length;
        public uint Flags;
        public ulong Memory;
        public ulong Address;
        public ulong Bytes;
    }

    // struct vfio_iommu_type1_dma_unmap.
    private struct DmaUnmap
    {
        public uint Length;
        public uint Flags;
        public ulong Address;
        public ulong Bytes;
    }
}
