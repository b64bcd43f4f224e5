using System.Buffers.Binary;
using System.Text;
using Pcie.Emulator.Nvme;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Nvme;

/// <summary>
/// The NVM Express controller, driven as a driver does (NVM Express Base Specification 1.2, 7.6.1): admin queues, queues for data, commands.
/// <code>
/// test ── FakeHost ──► PciFunction ──► NvmeDevice
///            ◄── DMA ── HostRam: queues and data
/// </code>
/// </summary>
public sealed class NvmeDeviceTests : IDisposable
{
    private const uint Configuration = 0x14, Status = 0x1C, AdminSizes = 0x24, AdminSubmission = 0x28, AdminCompletion = 0x30, Doorbells = 0x1000;
    private const ulong Ram = 0x1_0000_0000;
    private const int Entries = 16, RamBytes = 1 << 20;

    // Where things are in RAM.
    private const int Submission = 0, Completion = 0x1000, List = 0x8000, Data = 0x10000, Elsewhere = 0x40000;

    private readonly FakeHost host = new(NvmeDevice.Identity, port => new NvmeDevice(port));
    private readonly byte[] ram;
    private readonly int[] tails = new int[2], heads = new int[2];

    public NvmeDeviceTests()
    {
        ram = new HostRam(host).Map(Ram, RamBytes);
        host.Enable().EnableMsix();
        host.Write(AdminSizes, (Entries - 1) * 0x1_0001u);
        Write64(AdminSubmission, Ram + Submission);
        Write64(AdminCompletion, Ram + Completion);
        host.Write(Configuration, 0x0046_0001);
        Assert.Equal(1u, host.Read(Status));
    }

    private NvmeDevice Device => (NvmeDevice)host.Device;

    public void Dispose() => Device.Dispose();

    // Queue 1 lies behind the admin queues.
    private static int SubmissionOf(int queue) => Submission + queue * 0x2000;

    private static int CompletionOf(int queue) => Completion + queue * 0x2000;

    private void Write64(uint offset, ulong value)
    {
        host.Write(offset, (uint)value);
        host.Write(offset + 4, (uint)(value >> 32));
    }

    /// <summary>Has a command carried out, and takes its completion.</summary>
    /// <returns>Status, and the result.</returns>
    private (int Status, uint Result) Do(int queue, byte opcode, uint space = 0, ulong first = 0, ulong second = 0, uint[]? words = null)
    {
        Submit(queue, opcode, space, first, second, words ?? []);
        var entry = ram.AsSpan(CompletionOf(queue) + heads[queue] * 16, 16);
        Assert.Equal(0x77, BinaryPrimitives.ReadUInt16LittleEndian(entry[12..]));
        var status = BinaryPrimitives.ReadUInt16LittleEndian(entry[14..]);
        Assert.Equal(1, status & 1);
        Assert.Equal(tails[queue], BinaryPrimitives.ReadUInt16LittleEndian(entry[8..]));
        Assert.Equal(queue, BinaryPrimitives.ReadUInt16LittleEndian(entry[10..]));
        heads[queue]++;
        host.Write(Doorbells + 8 * (uint)queue + 4, (uint)heads[queue]);
        return (status >> 1, BinaryPrimitives.ReadUInt32LittleEndian(entry));
    }

    private void Submit(int queue, byte opcode, uint space, ulong first, ulong second, params uint[] words)
    {
        var command = ram.AsSpan(SubmissionOf(queue) + tails[queue] * 64, 64);
        command.Clear();
        command[0] = opcode;
        BinaryPrimitives.WriteUInt16LittleEndian(command[2..], 0x77);
        BinaryPrimitives.WriteUInt32LittleEndian(command[4..], space);
        BinaryPrimitives.WriteUInt64LittleEndian(command[24..], first);
        BinaryPrimitives.WriteUInt64LittleEndian(command[32..], second);
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(command[(40 + 4 * i)..], words[i]);
        host.Write(Doorbells + 8 * (uint)queue, (uint)++tails[queue]);
        host.RunFor(Duration.FromMilliseconds(1));
    }

    private void CreateQueues()
    {
        Assert.Equal((0, 0u), Do(0, 0x05, first: Ram + (ulong)CompletionOf(1), words: [(Entries - 1) << 16 | 1, 1 << 16 | 3]));
        Assert.Equal((0, 0u), Do(0, 0x01, first: Ram + (ulong)SubmissionOf(1), words: [(Entries - 1) << 16 | 1, 1 << 16 | 1]));
    }

    [Fact]
    public void TheControllerSaysWhatItIs()
    {
        Assert.Equal(0, Do(0, 0x06, first: Ram + Data, words: [1]).Status);

        Assert.Equal("PCIe card emulator NVMe", Encoding.ASCII.GetString(ram, Data + 24, 40).TrimEnd());
        Assert.Equal([0], host.Vectors);
        Assert.Equal(0, Do(0, 0x06, space: 1, first: Ram + Data, words: [0]).Status);
        Assert.Equal(NvmeDevice.Capacity / 512, BinaryPrimitives.ReadInt64LittleEndian(ram.AsSpan(Data)));
        Assert.Equal((0, 0x0003_0003u), Do(0, 0x09, words: [7, 0x0007_0007]));
    }

    // The first page from its middle, and behind it none, one, or a list of them.
    [Theory]
    [InlineData(1, 0)]
    [InlineData(8, 0)]
    [InlineData(8, 512)]
    [InlineData(16, 0)]
    [InlineData(16, 2048)]
    [InlineData(100, 1024)]
    [InlineData(256, 0)]
    public void WhatIsWrittenIsRead(int blocks, int offset)
    {
        CreateQueues();
        new System.Random(blocks).NextBytes(ram.AsSpan(Data, blocks * 512 + offset));
        var written = ram[(Data + offset)..(Data + offset + blocks * 512)];

        Assert.Equal(0, Move(0x01, Data));
        Assert.Equal(0, Move(0x02, Elsewhere));

        Assert.Equal(written, ram[(Elsewhere + offset)..(Elsewhere + offset + blocks * 512)]);
        Assert.Equal([0, 0, 1, 1], host.Vectors);

        int Move(byte opcode, int place)
        {
            var pages = Enumerable.Range(1, 40).Select(page => Ram + (ulong)(place + page * 4096)).ToArray();
            for (var i = 0; i < pages.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(ram.AsSpan(List + i * 8), pages[i]);
            var second = offset + blocks * 512 <= 8192 ? pages[0] : Ram + List;
            return Do(1, opcode, space: 1, first: Ram + (ulong)(place + offset), second: second, words: [1000, 0, (uint)blocks - 1]).Status;
        }
    }

    [Fact]
    public void WhatCannotBeIsRefused()
    {
        CreateQueues();

        Assert.Equal(0x01, Do(0, 0x7F).Status);
        Assert.Equal(0x02, Do(0, 0x06, first: Ram + Data, words: [0x40]).Status);
        Assert.Equal(0x101, Do(0, 0x05, first: Ram, words: [(Entries - 1) << 16 | 1, 3]).Status);
        Assert.Equal(0x101, Do(0, 0x05, first: Ram, words: [(Entries - 1) << 16 | 9, 3]).Status);
        Assert.Equal(0x102, Do(0, 0x05, first: Ram, words: [0xFFFFu << 16 | 2, 3]).Status);
        Assert.Equal(0x101, Do(0, 0x01, first: Ram, words: [(Entries - 1) << 16 | 2, 3 << 16 | 1]).Status);
        Assert.Equal(0x01, Do(1, 0x55, space: 1).Status);
        Assert.Equal(0x0B, Do(1, 0x02, space: 2, first: Ram + Data).Status);
        Assert.Equal(0x80, Do(1, 0x02, space: 1, first: Ram + Data, words: [NvmeDevice.Capacity / 512, 0, 0]).Status);
        Assert.Equal(0x80, Do(1, 0x02, space: 1, first: Ram + Data, words: [uint.MaxValue, uint.MaxValue, 0]).Status);
        Assert.Equal(0x02, Do(1, 0x02, space: 1, first: Ram + Data, second: Ram + List + 0xFF8, words: [0, 0, 99]).Status);
        Assert.Equal(0x02, Do(1, 0x02, space: 1, first: Ram + Data, second: Ram + List, words: [0, 0, 999]).Status);
    }

    [Fact]
    public void WithoutHostMemoryItFailsUntilItIsReset()
    {
        Submit(0, 0x06, 0, 0xDEAD_0000_0000, 0, 1);
        Assert.Equal(1u, host.Read(Status));
        Write64(AdminSubmission, 0xDEAD_0000_0000);
        host.Write(Configuration, 0);
        Assert.Equal(0u, host.Read(Status));
        host.Write(Configuration, 0x0046_0001);
        host.Write(Doorbells, 1);
        host.RunFor(Duration.FromMilliseconds(1));

        Assert.Equal(3u, host.Read(Status));
        host.Write(Configuration, 0);
        Assert.Equal(0u, host.Read(Status));
    }

    [Fact]
    public void AShutdownIsComplete()
    {
        host.Write(Configuration, 0x0046_4001);

        Assert.Equal(1u | 2 << 2, host.Read(Status));
    }
}
