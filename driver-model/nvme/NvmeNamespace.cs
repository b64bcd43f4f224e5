using System.Buffers.Binary;
using Pcie.DriverModel.Bus;

namespace Pcie.DriverModel.Nvme;

/// <summary>The namespace that is used, by what controller and namespace say of themselves (5.11).</summary>
/// <param name="Blocks">NSZE: logical blocks.</param>
/// <param name="BlockBytes">LBADS: bytes of each.</param>
/// <param name="LongestTransfer">MDTS: bytes that a command may move.</param>
internal sealed record NvmeNamespace(long Blocks, int BlockBytes, long LongestTransfer)
{
    public const int Bytes = 4096;

    /// <summary>CNS: what Identify is asked for.</summary>
    public const uint OfNamespace = 0, OfController = 1;

    /// <summary>NSID of the first.</summary>
    public const uint First = 1;

    /// <summary>MDTS of the controller's data structure: bytes that a command may move.</summary>
    public static long LongestTransferOf(ReadOnlySpan<byte> controller) =>
        // A power of two of pages; 0 for no limit, and beyond what a command's block count can say there is none either.
        controller[77] is 0 or > 40 ? long.MaxValue : NvmeBlocks.Page << controller[77];

    /// <exception cref="DeviceNotUsableException">There is none, or none that the driver can use.</exception>
    public static NvmeNamespace Of(ReadOnlySpan<byte> data, long longestTransfer)
    {
        var blocks = BinaryPrimitives.ReadUInt64LittleEndian(data);
        if (blocks == 0) throw new DeviceNotUsableException("The controller has no namespace 1: there is nothing to write to and to read from.");
        // FLBAS: which of the formats it has.
        var format = BinaryPrimitives.ReadUInt32LittleEndian(data[(128 + 4 * (data[26] & 0xF))..]);
        var exponent = (int)(format >> 16 & 0xFF);
        if (exponent is < 9 or > 16 || (format & 0xFFFF) != 0)
            throw new DeviceNotUsableException($"Namespace 1 has blocks of 2^{exponent} bytes with {format & 0xFFFF} bytes of metadata; this driver "
                + "can use blocks of 2^9 to 2^16 bytes without metadata.");
        return new NvmeNamespace((long)Math.Min(blocks, long.MaxValue), 1 << exponent, longestTransfer);
    }
}
