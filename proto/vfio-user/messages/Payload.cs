using System.Buffers.Binary;

namespace Pcie.VfioUser.Messages;

/// <summary>Takes the fields of a payload, each after the one before. What is not there is refused.</summary>
/// <param name="bytes">What follows the header.</param>
/// <param name="name">Of the command, for a refusal.</param>
internal ref struct Payload(ReadOnlySpan<byte> bytes, Command name)
{
    private readonly int length = bytes.Length;

    /// <summary>What has not been taken.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>
    /// The structure's own length, which the Linux header calls argsz: the structure has come as a whole, and nothing that it does not speak of. What
    /// the answer has room for may be more.
    /// </summary>
    public void StructureSize(uint least)
    {
        var size = UInt32();
        if (size < least) throw new RequestRefusedException(Errno.Invalid, $"{name}: argsz is {size}; expected {least} or more");
        if (length < least || length > size)
            throw new RequestRefusedException(Errno.Invalid, $"{name} has {length} bytes of payload; expected {least} to {size}, its argsz");
    }

    /// <summary>Nothing is left that has not been taken.</summary>
    public void End()
    {
        if (Rest.Length > 0)
            throw new RequestRefusedException(Errno.Invalid, $"{name} has {length} bytes of payload; expected {length - Rest.Length}");
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > Rest.Length)
            throw new RequestRefusedException(Errno.Invalid, $"{name} ends after {length} bytes of payload, within a field of {bytes} bytes");
        var taken = Rest[..bytes];
        Rest = Rest[bytes..];
        return taken;
    }
}
