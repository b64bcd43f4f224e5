using System.Buffers.Binary;
using System.Text;

namespace Pcie.Emulator.Nvme;

/// <summary>What the controller says of itself and of its namespace (5.11).</summary>
internal static class NvmeIdentify
{
    public const int Bytes = 4096;

    /// <summary>Bytes of a logical block.</summary>
    public const int Block = 512;

    // Controller or Namespace Structure: what is asked for.
    private const uint Namespace = 0, Controller = 1, NamespaceList = 2;

    /// <returns>False if there is nothing of the kind.</returns>
    public static bool TryWrite(uint what, uint ofNamespace, int capacity, Span<byte> data)
    {
        data.Clear();
        if (what == Controller) WriteController(data);
        else if (what == Namespace && ofNamespace == 1) WriteNamespace(data, capacity / Block);
        else if (what == NamespaceList && ofNamespace == 0) data[0] = 1;
        // Of all namespaces there is nothing to say, and none comes behind the first.
        return what is Controller or NamespaceList || (what == Namespace && ofNamespace is 1 or uint.MaxValue);
    }

    private static void WriteController(Span<byte> data)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(data, NvmeDevice.Identity.VendorId);
        BinaryPrimitives.WriteUInt16LittleEndian(data[2..], NvmeDevice.Identity.SubsystemVendorId);
        Text(data[4..24], "EMULATED");
        Text(data[24..64], "PCIe card emulator NVMe");
        Text(data[64..72], "1");
        data[77] = 5; // MDTS: 32 pages
        data[259] = 3; // AERL: asynchronous events that may be asked for, less one
        data[512] = 0x66; // SQES: 64 bytes
        data[513] = 0x44; // CQES: 16 bytes
        data[516] = 1; // NN: namespaces
    }

    private static void WriteNamespace(Span<byte> data, int blocks)
    {
        // NSZE, NCAP, NUSE: size, capacity, and what of it is used.
        foreach (var offset in (ReadOnlySpan<int>)[0, 8, 16]) BinaryPrimitives.WriteUInt64LittleEndian(data[offset..], (ulong)blocks);
        data[128 + 2] = 9; // LBAF0: 2^9 bytes, no metadata
    }

    private static void Text(Span<byte> place, string text)
    {
        place.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, place);
    }
}
