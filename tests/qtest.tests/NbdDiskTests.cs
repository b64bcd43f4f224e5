using System.Buffers.Binary;
using System.Net.Sockets;

namespace Pcie.Qtest.Tests;

/// <summary>
/// A disk's blocks by NBD: requests are answered when that is asked for, in their order, and a client that breaks the protocol is found out.
/// </summary>
public sealed class NbdDiskTests : IDisposable
{
    private const uint Request = 0x25609513, Reply = 0x67446698, Invalid = 22;
    private const ushort Read = 0, Write = 1, Flush = 3, Trim = 4, WriteZeroes = 6;

    private readonly string folder = Directory.CreateTempSubdirectory("nbd-").FullName;
    private readonly Socket listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly NbdDisk disk;

    public NbdDiskTests()
    {
        listening.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "socket")));
        listening.Listen(1);
        disk = new NbdDisk(listening, Path.Combine(folder, "disk"));
        client.Connect(listening.LocalEndPoint!);
        Receive(18);
        client.Send([0, 0, 0, 3]);
    }

    [Fact]
    public void RequestsAreAnsweredOneByOneInTheirOrder()
    {
        Go();
        Ask(Write, 1, 512, 4, [1, 2, 3, 4]);
        Ask(Flush, 2, 0, 0);
        Ask(Read, 3, 510, 8);
        Ask(WriteZeroes, 4, 513, 2);
        Ask(Read, 5, 512, 4);

        Assert.Equal((0u, 1UL, ""), Answered(0));
        Assert.Equal(0, client.Available);
        Assert.Equal((0u, 2UL, ""), Answered(0));
        Assert.Equal((0u, 3UL, "0000010203040000"), Answered(8));
        Assert.Equal((0u, 4UL, ""), Answered(0));
        Assert.Equal((0u, 5UL, "01000004"), Answered(4));
        Assert.False(disk.HasMore);
    }

    [Theory]
    [InlineData(Read, DeviceBacking.DiskBytes, 1u)]
    [InlineData(Read, -1L, 4u)]
    [InlineData(WriteZeroes, DeviceBacking.DiskBytes - 4, 8u)]
    [InlineData(Trim, 0L, 512u)]
    public void WhatIsNotThereIsRefused(ushort kind, long offset, uint length)
    {
        Go();
        Ask(kind, 7, offset, length);

        Assert.Equal((Invalid, 7UL, ""), Answered(0));
    }

    [Fact]
    public void APartOfARequestWaitsForTheRest()
    {
        Go();
        var request = RequestOf(Write, 1, 0, 4);
        client.Send(request.AsSpan(0, 20));
        Until(() => disk.HasMore);
        Assert.False(disk.AnswerNext());
        client.Send(request.AsSpan(20));
        Assert.False(disk.AnswerNext());
        client.Send([1, 2, 3, 4]);

        Assert.Equal((0u, 1UL, ""), Answered(0));
    }

    [Theory]
    [InlineData(0x12345678u, 4u)]
    [InlineData(Request, uint.MaxValue)]
    public void AClientThatBreaksTheProtocolIsFoundOut(uint magic, uint length)
    {
        Go();
        var request = RequestOf(Read, 1, 0, length);
        BinaryPrimitives.WriteUInt32BigEndian(request, magic);
        client.Send(request);
        Until(() => disk.HasMore);

        Assert.Contains("as the client of a disk by the protocol NBD, sent", Assert.Throws<IOException>(() => disk.AnswerNext()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsThatItDoesNotKnowAreSaidToBeUnsupportedAndNonsenseEndsTheConnection()
    {
        Option(8, []);
        Assert.Equal(0x80000001, BinaryPrimitives.ReadUInt32BigEndian(Receive(20).AsSpan(12)));
        client.Send(new byte[16]);

        Assert.Equal(0, client.Receive(new byte[1]));
        Assert.False(disk.HasMore);
    }

    public void Dispose()
    {
        disk.Dispose();
        client.Dispose();
        listening.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Go()
    {
        Option(7, new byte[6]);
        var export = Receive(20 + 12);
        Assert.Equal(DeviceBacking.DiskBytes, BinaryPrimitives.ReadInt64BigEndian(export.AsSpan(22)));
        Receive(20);
    }

    private void Option(uint option, byte[] data)
    {
        var head = new byte[16];
        "IHAVEOPT"u8.CopyTo(head);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(8), option);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(12), data.Length);
        client.Send([.. head, .. data]);
    }

    private void Ask(ushort kind, ulong cookie, long offset, uint length, byte[]? data = null) =>
        client.Send([.. RequestOf(kind, cookie, offset, length), .. data ?? []]);

    private static byte[] RequestOf(ushort kind, ulong cookie, long offset, uint length)
    {
        var request = new byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(request, Request);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(6), kind);
        BinaryPrimitives.WriteUInt64BigEndian(request.AsSpan(8), cookie);
        BinaryPrimitives.WriteInt64BigEndian(request.AsSpan(16), offset);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(24), length);
        return request;
    }

    private (uint Error, ulong Cookie, string Bytes) Answered(int bytes)
    {
        Until(disk.AnswerNext);
        var reply = Receive(16 + bytes);
        Assert.Equal(Reply, BinaryPrimitives.ReadUInt32BigEndian(reply));
        return (BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(4)), BinaryPrimitives.ReadUInt64BigEndian(reply.AsSpan(8)),
            Convert.ToHexString(reply, 16, bytes));
    }

    private byte[] Receive(int count)
    {
        var bytes = new byte[count];
        for (var got = 0; got < count;)
        {
            var some = client.Receive(bytes.AsSpan(got));
            Assert.NotEqual(0, some);
            got += some;
        }
        return bytes;
    }

    // The handshake ends on a thread of its own.
    private static void Until(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, TimeSpan.FromSeconds(20)));
}
