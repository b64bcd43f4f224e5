using Pcie.Emulator.Hosting;
using System.Buffers.Binary;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Function;
using Pcie.Emulator.Function.Configuration;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// A host that does anything to a card: configuration, registers, TLPs that no codec would pass on, completions of nothing, time in between.
/// Each request is taken or refused by exactly one counter, a non-posted one is answered exactly once, and time moves on.
/// </summary>
internal sealed class FunctionTarget : IFuzzTarget
{
    // A step: what, byte enables, a register's offset or a length, an address, a value.
    private const int StepLength = 16;
    private const uint Bar0 = 0xF000_0000, Bar2 = 0xF100_0000;
    private const int MostEvents = 200_000;

    private static readonly Duration LongestStep = Duration.FromMicroseconds(200);

    private static readonly uint[] Registers =
        [.. EmulatedCard.InNoSlot(CardDesign.Daq(new DaqCardOptions())).Card.Registers.Registers.Select(register => register.Offset)];

    private readonly byte[] payload = new byte[8192];

    public byte[] Next(Mutator mutator)
    {
        var steps = new List<byte>();
        Step(steps, 0, 0, ConfigOffset.Bar0, 0, Bar0);
        Step(steps, 0, 0, ConfigOffset.Bar0 + 8, 0, Bar2);
        Step(steps, 0, 0xF, ConfigOffset.Bar0, 0, Bar0);
        Step(steps, 0, 0xF, ConfigOffset.Bar0 + 8, 0, Bar2);
        if (!mutator.OneIn(16)) Step(steps, 0, 0xF, ConfigOffset.CommandStatus, 0, 6);
        for (var count = 1 + mutator.Below(24); count > 0; count--)
        {
            var kind = mutator.Below(10);
            var enables = mutator.OneIn(4) ? mutator.Below(256) : 0xF;
            var offset = kind < 2 ? (uint)mutator.Below(0x110) * 4 : mutator.OneIn(4) ? (uint)mutator.Below(0x2000) : mutator.Any(Registers);
            Step(steps, kind, (byte)enables, offset, mutator.Number(), mutator.OneIn(2) ? (uint)mutator.Below(64) : (uint)mutator.Number());
        }
        return [(byte)mutator.Below(2), .. steps];

        static void Step(List<byte> steps, int kind, byte enables, uint offset, ulong address, uint value)
        {
            var step = new byte[StepLength];
            (step[0], step[1]) = ((byte)kind, enables);
            BinaryPrimitives.WriteUInt16LittleEndian(step.AsSpan(2), (ushort)offset);
            BinaryPrimitives.WriteUInt64LittleEndian(step.AsSpan(4), address);
            BinaryPrimitives.WriteUInt32LittleEndian(step.AsSpan(12), value);
            steps.AddRange(step);
        }
    }

    public bool Take(byte[] input)
    {
        var timeline = new Timeline();
        var design = input[0] == 0
            ? CardDesign.Daq(new DaqCardOptions { ChunkSize = 64, Period = Duration.FromMicroseconds(20), MaxSlots = 16 })
            : CardDesign.Edu;
        var host = new Host();
        var port = new DevicePort(design.Identity, timeline, new Tracer(timeline, TraceSide.Device), Duration.FromMilliseconds(10), host);
        using var card = design.Make(port);
        var function = new PciFunction(port, card);
        var refused = false;
        for (var at = 1; at + StepLength <= input.Length; at += StepLength)
        {
            var step = input.AsSpan(at, StepLength);
            if (step[0] % 10 == 9) RunFor(timeline, BinaryPrimitives.ReadUInt32LittleEndian(step[12..]));
            else refused |= !Give(function, host, TlpOf(step, out var length), payload.AsSpan(0, length));
        }
        return !refused;
    }

    private Tlp TlpOf(ReadOnlySpan<byte> step, out int length)
    {
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(step[2..]);
        var address = BinaryPrimitives.ReadUInt64LittleEndian(step[4..]);
        step[12..].CopyTo(payload);
        step[12..].CopyTo(payload.AsSpan(4));
        var tlp = (step[0] % 10) switch
        {
            0 => new Tlp { Kind = TlpKind.ConfigWrite, Address = (ulong)offset & ~3UL, Length = 4, FirstByteEnables = (byte)(step[1] & 0xF) },
            1 => new Tlp { Kind = TlpKind.ConfigRead, Address = (ulong)offset & ~3UL, Length = 4, FirstByteEnables = (byte)(step[1] & 0xF) },
            2 => Access(TlpKind.MemoryRead, Bar0 + offset, step[1]),
            3 or 4 or 5 => Access(TlpKind.MemoryWrite, Bar0 + offset, step[1]),
            6 => Access(step[1] % 2 == 0 ? TlpKind.MemoryRead : TlpKind.MemoryWrite, Bar2 + offset, step[1]),
            // A completion, mostly of nothing.
            7 => new Tlp
            {
                Kind = TlpKind.Completion, Tag = (ushort)(offset % 300), Status = (CompletionStatus)(step[1] % 5), Length = (int)(address % 4097),
            },
            // Anything at all: wrong kind, misaligned, of a length that it has not.
            _ => new Tlp
            {
                Kind = (TlpKind)(step[1] % 8), Address = address, Length = (int)offset - 16, FirstByteEnables = step[1], LastByteEnables = step[1],
            },
        };
        // Once in a while the payload is not what the TLP says.
        length = tlp.HasPayload ? Math.Clamp(step[1] == 0xFE ? tlp.Length + 4 : tlp.Length, 0, payload.Length) : 0;
        return tlp with { Tag = tlp.IsNonPosted ? (ushort)7 : tlp.Tag };
    }

    // One DW, two, or more than registers take.
    private static Tlp Access(TlpKind kind, uint address, byte enables) => (enables >> 4) switch
    {
        14 => new Tlp { Kind = kind, Address = address & ~3UL, Length = 64, FirstByteEnables = 0xF, LastByteEnables = 0xF },
        > 8 => new Tlp { Kind = kind, Address = address & ~3UL, Length = 8, FirstByteEnables = (byte)(enables & 0xF), LastByteEnables = 0xF },
        _ => new Tlp { Kind = kind, Address = address & ~3UL, Length = 4, FirstByteEnables = (byte)(enables & 0xF) },
    };

    private static bool Give(PciFunction function, Host host, in Tlp tlp, ReadOnlySpan<byte> bytes)
    {
        var (refused, answers) = (Refusals(function), host.Answers);
        function.Receive(tlp, bytes);
        var more = Refusals(function) - refused;
        Assert.InRange(more, 0UL, 1UL);
        var malformed = tlp.Address % 4 != 0 || tlp.Length <= 0 || tlp.Length % 4 != 0 || (tlp.HasPayload && bytes.Length != tlp.Length);
        var due = tlp.IsNonPosted && !malformed ? 1 : 0;
        Assert.True(host.Answers - answers == due, $"{tlp} was answered {host.Answers - answers} times.");
        if (due == 1) Assert.Equal(tlp.Tag, host.LastAnswer.Tag);
        return more == 0;
    }

    private static ulong Refusals(PciFunction function)
    {
        var counters = function.Counters;
        return counters.Undecoded + counters.AcrossBarEnd + counters.TooLong + counters.InLowPower + counters.BadConfigRequests
            + counters.Malformed + (ulong)function.Requester.UnexpectedCompletions;
    }

    private static void RunFor(Timeline timeline, uint nanoseconds)
    {
        var horizon = timeline.Now + new Duration(Math.Min(nanoseconds, LongestStep.Nanoseconds));
        var events = timeline.EventsRun;
        while (timeline.NextDue < horizon)
        {
            timeline.RunNext();
            Assert.True(timeline.EventsRun - events < MostEvents, $"{MostEvents} events until {timeline.Now}: time hardly moves on.");
        }
        timeline.AdvanceTo(horizon);
    }

    // Counts completions; requests get no answer but those that the input makes up.
    private sealed class Host : ITlpSender
    {
        public long Answers { get; private set; }

        public Tlp LastAnswer { get; private set; }

        public void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
        {
            Assert.Equal(tlp.HasPayload ? tlp.Length : 0, payload.Length);
            if (tlp.Kind != TlpKind.Completion) return;
            Answers++;
            LastAnswer = tlp;
        }
    }
}
