using System.Buffers.Binary;
using Pcie.Link.Shm;
using Pcie.Pci;

namespace Pcie.Link.Tests.Shm;

/// <summary>The file: who can open it, what becomes of it, and that nothing in it is trusted.</summary>
public sealed class SharedMemoryTests
{
    // As in link.proto.
    private const int HostWritten = 64, DeviceRead = 128;

    private readonly SharedMemory memory = SharedMemory.Create();

    [Fact]
    public void OnlyItsUserCanOpenIt()
    {
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(memory.Name));
        memory.RemoveName();
    }

    [Fact]
    public void ItsNameIsTakenAwayOnce()
    {
        memory.RemoveName();
        memory.RemoveName();

        Assert.False(File.Exists(memory.Name) && !OperatingSystem.IsWindows());
        Assert.Throws<FileNotFoundException>(() => SharedMemory.Open(memory.Name, memory.Key.Span));
    }

    [Fact]
    public void AHostOpensNoOtherFileAndChangesNothingInIt()
    {
        var other = Path.GetTempFileName();
        try
        {
            foreach (var content in (byte[][])[[1, 2, 3], new byte[new FileInfo(memory.Name).Length]])
            {
                File.WriteAllBytes(other, content);
                Assert.Contains("is not the file", Assert.Throws<IOException>(() => SharedMemory.Open(other, memory.Key.Span)).Message,
                    StringComparison.Ordinal);
                Assert.Equal(content, File.ReadAllBytes(other));
            }
            Assert.Throws<IOException>(() => SharedMemory.Open(memory.Name, new byte[SharedMemory.KeySize]));
            Assert.Throws<IOException>(() => SharedMemory.Open("relative", memory.Key.Span));
        }
        finally
        {
            File.Delete(other);
            memory.RemoveName();
        }
    }

    [Theory]
    [InlineData(HostWritten, 1UL)]
    [InlineData(HostWritten, SharedMemory.RingSize + 32UL)]
    [InlineData(HostWritten, ulong.MaxValue - 31)]
    public void HowMuchTheOtherSideHasWrittenIsBelievedAsFarAsTheRingReaches(int word, ulong value)
    {
        var device = new SharedMemoryLane(memory, new FramePool(), () => { });
        Put(word, value);

        Assert.Contains("says that it has written", Assert.Throws<LinkProtocolException>(() => device.Receive(TimeSpan.Zero)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32UL)]
    [InlineData(ulong.MaxValue - 31)]
    public void WhatWasNotWrittenCannotHaveBeenRead(ulong value)
    {
        var host = new SharedMemoryLane(SharedMemory.Open(memory.Name, memory.Key.Span), new FramePool(), () => { });
        Put(DeviceRead, value);
        var frame = new Frame();
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0, 2 * SharedMemory.RingSize));

        Assert.Contains("says that it has read", Assert.Throws<LinkProtocolException>(() => host.TryPost(frame)).Message, StringComparison.Ordinal);
    }

    private void Put(int word, ulong value)
    {
        using var file = new FileStream(memory.Name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        file.Position = word;
        file.Write(bytes);
        file.Flush();
        memory.RemoveName();
    }
}
