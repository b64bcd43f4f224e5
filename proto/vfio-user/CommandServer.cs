using System.Buffers.Binary;
using NLog;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.VfioUser.Interrupts;
using Pcie.VfioUser.Memory;
using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser;

/// <summary>
/// Carries out the client's commands, one after the other: those about memory and interrupts at once, accesses to the device as requests to the card.
/// A command that is not right is answered with an error and changes nothing.
/// </summary>
/// <remarks>Reading and writing regions allocates nothing.</remarks>
internal sealed class CommandServer(MessageSocket socket, ToCard card, GuestMemory memory, VfioUserCounters counters, TimeSpan patience) : IDisposable
{
    private const uint Readable = 1, Writable = 2, CanBeReset = 1, IsPci = 2;
    private const uint EventFds = 1, Maskable = 2, AutoMasked = 4;

    // A register is reached by one or two DWs; more are so many accesses.
    private const int LongestAccess = 8;

    private static readonly (TlpKind, uint)[] Sizing = [(TlpKind.ConfigWrite, BarValue.Sizing), (TlpKind.ConfigRead, 0), (TlpKind.ConfigWrite, 0)];

    private static readonly Logger Log = LogManager.GetLogger("Pcie.VfioUser");

    private readonly PendingCommand pending = new(patience);
    private FunctionView? function;
    private InterruptLines? interrupts;
    private bool[] programmed = [];
    private bool awaitsDelivery;

    /// <summary>The function, once it has been enumerated.</summary>
    public FunctionView? Function => function;

    /// <summary>What the client has its interrupts raised by.</summary>
    public InterruptLines? Interrupts => interrupts;

    /// <summary>Whether a command waits for the card: the next one must wait.</summary>
    public bool IsBusy => pending.IsPending || awaitsDelivery;

    /// <summary>How long the card has left to answer.</summary>
    public TimeSpan Patience => pending.Left;

    /// <summary>Finds out what the function is, as every host does first.</summary>
    public void Enumerate()
    {
        pending.Begin(default, new RegionAccess(0, RegionAccess.Configuration, 2 * FunctionView.Enumerated));
        for (var offset = 0; offset < FunctionView.Enumerated; offset += 4) RequestConfig(TlpKind.ConfigRead, offset, 4, default);
        Span<byte> value = stackalloc byte[sizeof(uint)];
        foreach (var (kind, written) in Sizing)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(value, written);
            for (var bar = 0; bar < ConfigLayout.Bars; bar++) RequestConfig(kind, ConfigLayout.Bar0 + 4 * bar, 4, value);
        }
    }

    /// <summary>Carries out a command, or begins to.</summary>
    public void Take(in ReceivedMessage message)
    {
        counters.CommandTaken();
        try
        {
            CheckFlags(message.Header);
            CheckDescriptors(message);
            Carry(message);
        }
        catch (RequestRefusedException e)
        {
            Refuse(message.Header, e);
        }
    }

    /// <summary>Takes an answer of the card.</summary>
    /// <returns>False if nothing waits for it.</returns>
    public bool Complete(in Tlp completion, ReadOnlySpan<byte> payload)
    {
        if (!pending.Complete(completion, payload)) return false;
        if (!pending.IsPending) Finish();
        return true;
    }

    /// <summary>The card has taken what it was given.</summary>
    public void Delivered()
    {
        if (!awaitsDelivery) return;
        awaitsDelivery = false;
        if (pending.Header.Command == Command.RegionWrite)
        {
            AnswerAccess(pending.Header, pending.Access, default);
            return;
        }
        if (interrupts!.MaskLine(masked: false)) counters.InterruptRaised();
        Answer(pending.Header);
    }

    /// <summary>The card asserts or deasserts its interrupt line.</summary>
    public void SetLine(bool asserted)
    {
        if (interrupts?.SetLine(asserted) == true) counters.InterruptRaised();
    }

    /// <summary>Answers in the card's place, if it has not answered in time.</summary>
    public void LookAtClock()
    {
        if (!pending.IsPending || pending.Left > TimeSpan.Zero) return;
        var unanswered = pending.GiveUp();
        Log.Repeatedly(LogLevel.Info, counters.RequestUnanswered(),
            $"{unanswered} requests of the guest got no answer of the card; they read as all ones.");
        Finish();
    }

    public void Dispose() => interrupts?.Dispose();

    private static void CheckFlags(in MessageHeader header)
    {
        if ((header.Flags & ~MessageHeader.NoReply) != 0)
            throw new RequestRefusedException(Errno.Invalid, $"{header.Command} with flags 0x{header.Flags:X}; expected 0, or 0x10 for no reply");
    }

    private static void CheckDescriptors(in ReceivedMessage message)
    {
        var most = message.Header.Command switch
        {
            Command.DmaMap => 1,
            Command.SetIrqs => VersionMessage.MaxDescriptors,
            _ => 0,
        };
        if (message.Descriptors.Count > most || !message.HasAllDescriptors)
            throw new RequestRefusedException(Errno.Invalid, $"{message.Header.Command} came with "
                + $"{(message.HasAllDescriptors ? $"{message.Descriptors.Count}" : "too many")} file descriptors; expected {most} at the most");
    }

    private void Carry(in ReceivedMessage message)
    {
        var payload = message.Payload.Span;
        switch (message.Header.Command)
        {
            case Command.RegionRead:
                ReadRegion(message.Header, payload);
                break;
            case Command.RegionWrite:
                WriteRegion(message.Header, payload);
                break;
            case Command.DmaMap:
                memory.Map(DmaRange.ReadMap(payload), message.Descriptors.FirstOrDefault());
                message.Descriptors.Clear();
                counters.RangeMapped();
                Answer(message.Header);
                break;
            case Command.DmaUnmap:
                counters.RangesUnmapped(memory.Unmap(DmaRange.ReadUnmap(payload)));
                Answer(message.Header, payload[..DmaRange.UnmapBytes]);
                break;
            case Command.GetInfo:
                GetInfo(message.Header, payload);
                break;
            case Command.GetRegionInfo:
                GetRegionInfo(message.Header, payload);
                break;
            case Command.GetIrqInfo:
                GetIrqInfo(message.Header, payload);
                break;
            case Command.SetIrqs:
                SetIrqs(message.Header, InterruptSet.Read(payload), message.Descriptors);
                break;
            case Command.DeviceReset:
                Reset(message.Header, payload);
                break;
            default:
                throw new RequestRefusedException(Errno.NotSupported,
                    $"command {(ushort)message.Header.Command} ({message.Header.Command}) is not known here");
        }
    }

    private void ReadRegion(in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        var access = RegionAccess.Read(Command.RegionRead, payload, out _);
        CheckRegion(access);
        pending.Begin(header, access);
        if (access.Region == RegionAccess.Configuration) RequestConfig(TlpKind.ConfigRead, (int)access.Offset, access.Count, default);
        else if (IsRouted(access)) RequestMemory(TlpKind.MemoryRead, access, default);
        else AnswerAccess(header, access, pending.Data);
    }

    private void WriteRegion(in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        var access = RegionAccess.Read(Command.RegionWrite, payload, out var data);
        CheckRegion(access);
        pending.Begin(header, access);
        if (access.Region == RegionAccess.Configuration)
        {
            RequestConfig(TlpKind.ConfigWrite, (int)access.Offset, access.Count, data);
            if (function!.Write((int)access.Offset, data)) Restore();
            ProgramMsix();
            return;
        }
        // Posted: nothing will come back. A client that wants an answer all the same gets one when the card has it.
        if (!IsRouted(access))
        {
            AnswerAccess(header, access, default);
            return;
        }
        RequestMemory(TlpKind.MemoryWrite, access, data);
        awaitsDelivery = !header.WantsNoReply;
    }

    // A client answers reads of BARs by itself: a guest that has reset the function finds them as they were, and does not write them again. What
    // stands between a guest and a real device writes them in its place.
    private void Restore()
    {
        Span<byte> value = stackalloc byte[sizeof(uint)];
        for (var bar = 0; bar < ConfigLayout.Bars; bar++)
        {
            if (function!.BarAsWritten(bar) == 0) continue;
            BinaryPrimitives.WriteUInt32LittleEndian(value, function.BarAsWritten(bar));
            RequestConfig(TlpKind.ConfigWrite, ConfigLayout.Bar0 + 4 * bar, value.Length, value);
        }
        Array.Clear(programmed);
    }

    // No bridge sends anything to a BAR that has no address.
    private bool IsRouted(in RegionAccess access)
    {
        if (function!.AddressOf(access.Region) != 0) return true;
        Log.Repeatedly(LogLevel.Info, counters.RequestUnanswered(),
            $"An access to BAR {access.Region}, which the guest has given no address: not routed.");
        return false;
    }

    private void CheckRegion(in RegionAccess access)
    {
        var size = function!.SizeOf(access.Region);
        if (access.Offset >= size || (ulong)access.Count > size - access.Offset)
            throw new RequestRefusedException(Errno.Invalid,
                $"an access of {access.Count} bytes at 0x{access.Offset:X} of region {access.Region}, which has 0x{size:X}");
    }

    private void RequestConfig(TlpKind kind, int offset, int count, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        for (var end = offset + count; offset < end;)
        {
            var length = Math.Min(4 - (offset & 3), end - offset);
            var tlp = Tlp.Request(kind, (ulong)offset, length, pending.NextTag());
            if (kind == TlpKind.ConfigWrite)
            {
                data[..length].CopyTo(word[(offset & 3)..]);
                data = data[length..];
            }
            card.Add(tlp, tlp.HasPayload ? word : default);
            offset += length;
        }
    }

    private void RequestMemory(TlpKind kind, in RegionAccess access, ReadOnlySpan<byte> data)
    {
        var address = function!.AddressOf(access.Region) + access.Offset;
        var whole = Tlp.Request(kind, address, access.Count).Length <= LongestAccess;
        for (var left = access.Count; left > 0;)
        {
            var length = whole ? left : Math.Min(4 - (int)(address & 3), left);
            var tlp = Tlp.Request(kind, address, length, kind == TlpKind.MemoryRead ? pending.NextTag() : (ushort)0);
            var place = card.Add(tlp);
            if (tlp.HasPayload)
            {
                place.Clear();
                data[..length].CopyTo(place[(int)(address & 3)..]);
                data = data[length..];
            }
            address += (ulong)length;
            left -= length;
        }
    }

    private void GetInfo(in MessageHeader header, ReadOnlySpan<byte> bytes)
    {
        const uint Size = 16;
        var payload = new Payload(bytes, Command.GetInfo);
        payload.StructureSize(Size);
        var reply = new Reply(socket.Compose());
        reply.UInt32(Size);
        reply.UInt32(IsPci | (function!.CanReset ? CanBeReset : 0));
        reply.UInt32(RegionAccess.Regions);
        reply.UInt32(InterruptSet.Kinds);
        Answer(header, reply);
    }

    private void GetRegionInfo(in MessageHeader header, ReadOnlySpan<byte> bytes)
    {
        const uint Size = 32;
        var payload = new Payload(bytes, Command.GetRegionInfo);
        payload.StructureSize(Size);
        payload.UInt32();
        var region = payload.UInt32();
        if (region >= RegionAccess.Regions)
            throw new RequestRefusedException(Errno.Invalid, $"GET_REGION_INFO of region {region}; expected 0 to {RegionAccess.Regions - 1}");
        var size = function!.SizeOf((int)region);
        var reply = new Reply(socket.Compose());
        reply.UInt32(Size);
        reply.UInt32(size == 0 ? 0 : Readable | Writable);
        reply.UInt32(region);
        reply.UInt32(0);
        reply.UInt64(size);
        reply.UInt64(0);
        Answer(header, reply);
    }

    private void GetIrqInfo(in MessageHeader header, ReadOnlySpan<byte> bytes)
    {
        const uint Size = 16;
        var payload = new Payload(bytes, Command.GetIrqInfo);
        payload.StructureSize(Size);
        payload.UInt32();
        var kind = payload.UInt32();
        if (kind >= InterruptSet.Kinds)
            throw new RequestRefusedException(Errno.Invalid, $"GET_IRQ_INFO of kind {kind}; expected 0 to {InterruptSet.Kinds - 1}");
        var reply = new Reply(socket.Compose());
        reply.UInt32(Size);
        reply.UInt32(kind == InterruptSet.Intx ? EventFds | Maskable | AutoMasked : EventFds);
        reply.UInt32(kind);
        reply.UInt32((uint)interrupts!.Count((int)kind));
        Answer(header, reply);
    }

    private void SetIrqs(in MessageHeader header, in InterruptSet set, List<FileDescriptor> descriptors)
    {
        if (!set.IsAssignment && descriptors.Count > 0)
            throw new RequestRefusedException(Errno.Invalid, $"SET_IRQS with flags 0x{set.Flags:X} came with {descriptors.Count} file descriptors");
        interrupts!.Check(set);
        if (set.Index == InterruptSet.Intx && (set.IsMask || set.IsAssignment || set.IsUnmask))
        {
            SetLine(header, set, descriptors);
            return;
        }
        if (set.IsAssignment) interrupts.Assign(set, descriptors);
        else if (set.IsDisable) interrupts.Disable(set.Index);
        else if (set.IsTrigger)
            for (var i = 0; i < set.Count; i++) interrupts.Raise(set.Index, set.Start + i);
        else
            throw new RequestRefusedException(Errno.NotSupported, "SET_IRQS masks and unmasks INTx alone; messages have masks of their own");
        ProgramMsix();
        Answer(header);
    }

    // What the guest has done to the card before, the card has still to do to its line: the line is looked at when the card has taken all that.
    private void SetLine(in MessageHeader header, in InterruptSet set, List<FileDescriptor> descriptors)
    {
        if (set.IsAssignment) interrupts!.Assign(set, descriptors);
        else interrupts!.MaskLine(masked: true);
        if (set.IsMask)
        {
            Answer(header);
            return;
        }
        pending.Begin(header);
        awaitsDelivery = true;
        if (card.Count == 0) Delivered();
    }

    // The table of MSI-X is in the guest's hands, and its client keeps it to itself: what reaches this side is which message has an eventfd. The
    // card's own table says the same, by writes as a host makes them.
    private void ProgramMsix()
    {
        if (!function!.IsMsixOn || !function.IsMemorySpaceOn) return;
        for (var entry = 0; entry < programmed.Length; entry++)
        {
            var wanted = interrupts!.IsAssigned(InterruptSet.Msix, entry);
            if (wanted == programmed[entry] || function.MsixEntryAddress(entry) is not { } address) continue;
            programmed[entry] = wanted;
            if (wanted)
            {
                WriteWord(address + MsixLayout.EntryAddressLow, (uint)GuestBus.MsixAddress);
                WriteWord(address + MsixLayout.EntryAddressHigh, (uint)(GuestBus.MsixAddress >> 32));
                WriteWord(address + MsixLayout.EntryData, (uint)entry);
            }
            WriteWord(address + MsixLayout.EntryControl, wanted ? 0u : 1u);
        }
    }

    private void WriteWord(ulong address, uint value)
    {
        if (card.HasRoom(sizeof(uint)))
            BinaryPrimitives.WriteUInt32LittleEndian(card.Add(Tlp.Request(TlpKind.MemoryWrite, address, sizeof(uint))), value);
    }

    // Function-level reset, and the rest of what a slot's reset does: the sizes and the link's settings, which that one leaves alone (6.6.2).
    private void Reset(in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        new Payload(payload, Command.DeviceReset).End();
        if (!function!.CanReset) throw new RequestRefusedException(Errno.NotSupported, "DEVICE_RESET: this device cannot be reset");
        pending.Begin(header);
        var (control, value) = function.ExpressRegister(ExpressLayout.DeviceControl);
        RequestWord(control, (ushort)(value | ExpressLayout.InitiateFunctionLevelReset));
        RequestWord(control, value);
        (control, value) = function.ExpressRegister(ExpressLayout.LinkControl);
        RequestWord(control, value);
        function.Reset();
        Array.Clear(programmed);
    }

    private void RequestWord(int offset, ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        RequestConfig(TlpKind.ConfigWrite, offset, bytes.Length, bytes);
    }

    // Every request of the pending command is answered, or none will be.
    private void Finish()
    {
        var header = pending.Header;
        switch (header.Command)
        {
            case Command.RegionRead:
                AnswerAccess(header, pending.Access, pending.Data);
                break;
            case Command.RegionWrite:
                AnswerAccess(header, pending.Access, default);
                break;
            case Command.DeviceReset:
                Answer(header);
                break;
            default:
                Enumerated();
                break;
        }
    }

    private void Enumerated()
    {
        Span<uint> sizing = stackalloc uint[ConfigLayout.Bars];
        for (var bar = 0; bar < sizing.Length; bar++)
            sizing[bar] = BinaryPrimitives.ReadUInt32LittleEndian(pending.Words[(FunctionView.Enumerated + 4 * (ConfigLayout.Bars + bar))..]);
        function = new FunctionView(pending.Words, sizing);
        interrupts = new InterruptLines(function.Interrupts);
        programmed = new bool[interrupts.Count(InterruptSet.Msix)];
    }

    private void AnswerAccess(in MessageHeader header, in RegionAccess access, ReadOnlySpan<byte> data)
    {
        var reply = new Reply(socket.Compose());
        reply.UInt64(access.Offset);
        reply.UInt32((uint)access.Region);
        reply.UInt32((uint)access.Count);
        reply.Bytes(data);
        Answer(header, reply);
    }

    private void Answer(in MessageHeader header, ReadOnlySpan<byte> bytes)
    {
        var reply = new Reply(socket.Compose());
        reply.Bytes(bytes);
        Answer(header, reply);
    }

    private void Answer(in MessageHeader header) => Answer(header, new Reply(socket.Compose()));

    private void Answer(in MessageHeader header, in Reply reply)
    {
        if (!header.WantsNoReply) socket.Send(new MessageHeader(header.Id, header.Command, reply.Size, MessageHeader.Reply));
    }

    private void Refuse(in MessageHeader header, RequestRefusedException why)
    {
        Log.Repeatedly(LogLevel.Warn, counters.CommandRefused(), $"A command of the client is refused: {why.Message}.");
        if (header.WantsNoReply) return;
        socket.Send(new MessageHeader(header.Id, header.Command, MessageHeader.Length, MessageHeader.Reply | MessageHeader.IsAnError, why.Errno));
    }
}
