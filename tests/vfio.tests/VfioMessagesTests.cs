using System.Buffers.Binary;
using Pcie.Foreign;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.Pci.Memory;
using Pcie.Time;

namespace Pcie.Vfio.Tests;

/// <summary>What the kernel counts becomes the messages that the host has programmed, masked as the host has masked them.</summary>
public sealed class VfioMessagesTests : IDisposable
{
    private const int Msi = 0x40, Msix = 0x60, TableBar = 2, Entries = 4;
    private const ulong Address = 0xFEE0_1000;

    private readonly FakeKernel kernel = new();
    private readonly FakeFunction function;
    private readonly ForeignLink link;

    public VfioMessagesTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Its counters are Linux'.");
        function = new FakeFunction(kernel);
        link = ForeignLink.OpenWaiting("fake", new LinkSessionOptions(Pacing.WallClock, LatencyRange.Default), function.At);
    }

    public void Dispose() => link.Dispose();

    [Fact]
    public void TheKernelCountsMessagesOfMsiBeforeTheyAreEnabledAndNoneAfter()
    {
        EnableMsi(granted: 2);
        Assert.Equal((VfioDevice.Msi, 4, false), (kernel.Kind, kernel.Connected, kernel.WasEnabledBefore));

        Config(Msi + MsiLayout.MessageControl, 2, 0);
        Assert.Equal(0, kernel.Connected);
    }

    [Fact]
    public void AMessageOfMsiHasItsNumberInTheLowBitsOfTheData()
    {
        EnableMsi(granted: 2);

        function.Messages!.Came(3, 1);

        Assert.Equal([(Address, 0x43u)], Sent());
    }

    [Fact]
    public void AsManyAreSentAsTheKernelHasCounted()
    {
        EnableMsix();
        Entry(1, masked: false);

        function.Messages!.Came(1, 3);

        Assert.Equal(3, Sent().Count);
    }

    [Fact]
    public void AMaskedVectorIsPendingHoweverOftenItCameAndIsSentOnceWhenUnmasked()
    {
        EnableMsix();
        Entry(2, masked: true);

        function.Messages!.Came(2, 5);
        Assert.Empty(Sent());
        Assert.Equal(4UL, Read(0x800));

        Entry(2, masked: false);
        Assert.Equal([(Address, 0x102u)], Sent());
        Assert.Equal(0UL, Read(0x800));
    }

    [Fact]
    public void TheFunctionMaskHoldsAllBackUntilItIsTakenAway()
    {
        Config(Msix + MsixLayout.MessageControl, 2, MsixLayout.Enable | MsixLayout.FunctionMask);
        Entry(0, masked: false);
        function.Messages!.Came(0, 1);
        Assert.Empty(Sent());

        Config(Msix + MsixLayout.MessageControl, 2, MsixLayout.Enable);

        Assert.Equal([(Address, 0x100u)], Sent());
    }

    [Fact]
    public void TheTableThatTheHostReadsIsItsOwnAndMaskedAfterAReset()
    {
        Assert.Equal(1UL, Read(12));
        Entry(0, masked: false);
        Assert.Equal((Address, 0x100UL, 0UL), (Read(0), Read(8), Read(12)));
        Assert.True(function.Messages!.TryWrite(new ForeignAccess(TableBar, 0, 4), Address | 3));
        Assert.Equal(Address, Read(0));

        function.Messages.Reset();

        Assert.Equal((0UL, 1UL), (Read(0), Read(12)));
        Assert.False(function.Messages.TryRead(new ForeignAccess(TableBar, Entries * 16, 4), out _));
    }

    [Fact]
    public void FewerVectorsThanMessagesAreTakenAsTheyAre()
    {
        kernel.Most = 2;

        EnableMsix();

        Assert.Equal((VfioDevice.Msix, 2), (kernel.Kind, kernel.Connected));
    }

    private void EnableMsi(int granted)
    {
        Config(Msi + MsiLayout.AddressLow, 4, (uint)Address);
        Config(Msi + MsiLayout.AddressHigh, 4, 0);
        Config(Msi + 0xC, 2, 0x40);
        Config(Msi + MsiLayout.MessageControl, 2, (uint)(MsiLayout.Enable | MsiLayout.Address64 | granted << MsiLayout.GrantedShift));
    }

    private void EnableMsix() => Config(Msix + MsixLayout.MessageControl, 2, MsixLayout.Enable);

    private void Entry(int number, bool masked)
    {
        var at = (ulong)number * MsixLayout.EntrySize;
        foreach (var (offset, value) in ((ulong, ulong)[])[(0, Address), (4, 0), (8, 0x100u + (ulong)number), (12, masked ? 1u : 0)])
            Assert.True(function.Messages!.TryWrite(new ForeignAccess(TableBar, at + offset, 4), value));
    }

    private ulong Read(ulong offset)
    {
        Assert.True(function.Messages!.TryRead(new ForeignAccess(TableBar, offset, 4), out var value));
        return value;
    }

    private void Config(int offset, int bytes, uint value)
    {
        var access = new ForeignAccess(ForeignAccess.Config, (ulong)offset, bytes);
        function.Messages!.Writing(access, value);
        kernel.Write(offset, bytes, value);
        function.Messages.Written(access);
    }

    // What has come to the host's end since it was last looked at.
    private List<(ulong Address, uint Data)> Sent()
    {
        var sent = new List<(ulong, uint)>();
        while (link.Receive(TimeSpan.Zero) is { } frame)
            for (var i = 0; i < frame.Count; i++)
                if (frame[i].Kind == TlpKind.MemoryWrite)
                    sent.Add((frame[i].Address, BinaryPrimitives.ReadUInt32LittleEndian(frame.PayloadOf(frame[i]))));
        return sent;
    }

    private sealed class FakeKernel : IMessageSource
    {
        private readonly byte[] config = new byte[256];

        public FakeKernel()
        {
            Write(Msi + MsiLayout.MessageControl, 2, MsiLayout.Address64);
            Write(Msix + MsixLayout.MessageControl, 2, Entries - 1);
            Write(Msix + MsixLayout.Table, 4, TableBar);
            Write(Msix + MsixLayout.PendingBits, 4, 0x800 | TableBar);
        }

        public int Kind { get; private set; }
        public int Connected { get; private set; }
        public int Most { get; set; } = int.MaxValue;
        public bool WasEnabledBefore { get; private set; }

        public uint ReadConfig(int offset, int bytes) => BitConverter.ToUInt32(config, offset) & uint.MaxValue >> 32 - 8 * bytes;

        // Of MSI-X's control, Enable and Function Mask can be written.
        public void Write(int offset, int bytes, uint value)
        {
            if (offset == Msix + MsixLayout.MessageControl) value |= Entries - 1;
            for (var i = 0; i < bytes; i++) config[offset + i] = (byte)(value >> 8 * i);
        }

        public int Find(byte id) => id switch { CapabilityId.Msi => Msi, CapabilityId.Msix => Msix, _ => 0 };

        public int Connect(int kind, IReadOnlyList<FileDescriptor> counters)
        {
            WasEnabledBefore = (ReadConfig(Msi + MsiLayout.MessageControl, 2) & MsiLayout.Enable) != 0;
            (Kind, Connected) = (kind, Math.Min(counters.Count, Most));
            return Connected;
        }

        public void Disconnect(int kind) => Connected = 0;
    }

    private sealed class FakeFunction(FakeKernel kernel) : IWaitingFunction
    {
        private readonly EventCounters events = new();

        public VfioMessages? Messages { get; private set; }

        public IHostMemoryBacking? Memory => null;

        public FakeFunction At(ForeignPort port)
        {
            Messages = new VfioMessages(kernel, events, port, "fake");
            return this;
        }

        public ValueTask<ulong> ReadAsync(ForeignAccess access) => new(0UL);

        public ValueTask WriteAsync(ForeignAccess access, ulong value) => ValueTask.CompletedTask;

        public void Wait(TimeSpan timeout) => events.Wait(timeout, (_, _) => { });

        public void Wake() => events.Wake();

        public void Dispose() => events.Dispose();
    }
}
