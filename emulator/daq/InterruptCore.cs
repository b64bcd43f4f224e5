using System.Numerics;
using NLog;
using Pcie.Emulator.Daq.Dma;
using Pcie.Emulator.Device;
using Pcie.Logging;
using Pcie.Trace;

namespace Pcie.Emulator.Daq;

/// <summary>
/// Causes → enable → routing → vector → moderation → re-arm policy → message. <see cref="Decide"/> is the one place that decides what is
/// sent, and when again.
/// </summary>
/// <remarks>
/// Moderation comes before the policy: the policy looks once for all the raises that a vector has gathered, when it releases them, and finds
/// the causes as they are then. What else would send meanwhile (a re-arm, an enable, a write of INT_CAUSE) waits for that release.
/// </remarks>
/// <remarks>Allocates nothing after construction.</remarks>
internal sealed class InterruptCore
{
    private const int Vectors = InterruptModeration.Vectors;
    private const uint AllVectors = uint.MaxValue;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly IDevicePort port;
    private readonly DaqRegisters registers;
    private readonly StatusBlockWriter status;
    private readonly uint source;
    private readonly InterruptModeration moderation;

    // Derived from routing, map and grant.
    private readonly uint[] causesOf = new uint[Vectors];
    private readonly int[] vectorOf = new int[DaqRegisters.Causes];

    // A bit per cause: whether its vector in the map is beyond the grant.
    private uint folded;

    // A bit per vector: whether it had an enabled cause set when last looked at.
    private uint active;

    // A bit per vector: whether a message is due at the end of its gathering, whatever the policy finds then.
    private uint owed;

    // Raises that found their cause set, whatever the policy made of it: only a count of events tells of them.
    private readonly CounterFamily repeated = new("interrupts.repeated", DaqRegisters.Causes, DaqRegisters.NameOf);

    private ulong raised;
    private ulong masked;
    private ulong collapsed;
    private ulong resent;

    public InterruptCore(IDevicePort port, DaqRegisters registers, StatusBlockWriter status, uint source)
    {
        this.port = port;
        this.registers = registers;
        this.status = status;
        this.source = source;
        moderation = new InterruptModeration(port.Timeline, registers, Expired);
        port.MessagesChanged += RoutingChanged;
        Route();
    }

    private enum Trigger
    {
        Raised,
        Released,
        Rerouted,
        Enabled,
        CauseWritten,
        Rearmed,
        SetUpChanged,
    }

    public InterruptCounters Counters => new(raised, port.MessagesSent, masked, collapsed, resent);

    /// <summary>Raises that waited for others to share their message.</summary>
    public ulong Moderated => moderation.Gathered;

    /// <summary>Where raises ended that sent nothing of their own.</summary>
    public CollapseCounters Points { get; } = new();

    /// <summary>Counters by cause and by vector.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics => [.. repeated.Statistics, .. Points.Statistics];

    /// <summary>Writes of INT_POLICY with a value that is no policy.</summary>
    public ulong PoliciesRefused { get; private set; }

    /// <summary>Causes whose vector in the map turned out to be beyond the messages granted.</summary>
    public ulong VectorsFolded { get; private set; }

    private RearmPolicy Policy => (RearmPolicy)registers.IntPolicy.Value;

    /// <summary>Registers are at their reset values already.</summary>
    public void Reset()
    {
        active = owed = 0;
        for (var vectors = moderation.Gathering; vectors != 0; vectors &= vectors - 1)
        {
            var vector = BitOperations.TrailingZeroCount(vectors);
            var (causes, _) = moderation.Release(vector);
            Points.Moderation.Count(vector);
            Collapse(causes, vector);
        }
        Route();
    }

    /// <summary>Something happened. The status block, if there is one, tells of it before any message does.</summary>
    public void Raise(Cause cause)
    {
        var bit = 1u << (int)cause;
        var raise = new CauseRaise((int)cause, (registers.IntCause.Value & bit) != 0);
        if (raise.WasSet) repeated.Count(raise.Cause);
        registers.IntCause.Value |= bit;
        raised++;
        port.Tracer.Record(TraceKind.InterruptRaised, source, (long)cause, registers.IntCause.Value);
        status.Publish();
        if ((registers.IntEnable.Value & bit) == 0)
        {
            masked++;
            CountAt(Points.Enable, raise.Cause, raise);
            port.Tracer.Record(TraceKind.InterruptMasked, source, vectorOf[raise.Cause], 1);
            return;
        }
        var vector = vectorOf[raise.Cause];
        if (!moderation.Moderates(vector)) Decide(Trigger.Raised, bit, 1u << vector, raise);
        else Gather(raise, vector);
    }

    /// <summary>INT_TEST was written.</summary>
    public void RaiseAll(uint causes)
    {
        for (; causes != 0; causes &= causes - 1) Raise((Cause)BitOperations.TrailingZeroCount(causes));
    }

    /// <summary>INT_CAUSE was written.</summary>
    public void CauseWritten() => Decide(Trigger.CauseWritten, 0, AllVectors);

    /// <summary>INT_ENABLE was written.</summary>
    public void EnableWritten(uint before) => Decide(Trigger.Enabled, registers.IntEnable.Value & ~before, AllVectors);

    /// <summary>INT_REARM was written.</summary>
    public void Rearm(uint vectors)
    {
        registers.IntMasked.Value &= ~vectors;
        Decide(Trigger.Rearmed, 0, vectors);
    }

    /// <summary>
    /// INT_POLICY was written: another policy begins with nothing masked and nothing sent. An unknown one is refused.
    /// </summary>
    public void PolicyWritten(uint before)
    {
        if (Policy > RearmPolicy.Level)
        {
            Log.Log(Repeated.At(LogLevel.Warn, ++PoliciesRefused), "INT_POLICY.POLICY {Policy} refused: expected 0 to {Last}.",
                registers.IntPolicy.Value, (int)RearmPolicy.Level);
            registers.IntPolicy.Value = before;
        }
        if (registers.IntPolicy.Value == before) return;
        registers.IntMasked.Value = 0;
        active = owed = 0;
        Decide(Trigger.SetUpChanged, 0, AllVectors);
    }

    /// <summary>INT_ROUTING or the map was written, or the host changed what it grants.</summary>
    public void RoutingChanged()
    {
        var (gathered, first, wasSet) = (0u, 0u, 0u);
        for (var vectors = moderation.Gathering; vectors != 0; vectors &= vectors - 1)
        {
            var (causes, raise) = moderation.Release(BitOperations.TrailingZeroCount(vectors));
            gathered |= causes;
            first |= 1u << raise.Cause;
            if (raise.WasSet) wasSet |= 1u << raise.Cause;
        }
        owed = 0;
        Route();
        // What was gathered for one vector may belong to several now: each decides for itself, and all but the first have been counted already.
        for (var causes = gathered; causes != 0; causes &= causes - 1)
        {
            var cause = BitOperations.TrailingZeroCount(causes);
            var bit = 1u << cause;
            Decide((first & bit) != 0 ? Trigger.Released : Trigger.Rerouted, bit, 1u << vectorOf[cause], new CauseRaise(cause, (wasSet & bit) != 0));
        }
        Decide(Trigger.SetUpChanged, 0, AllVectors);
    }

    /// <summary>INT_MODERATION of a vector was written: the new rule begins with nothing gathered.</summary>
    public void ModerationWritten(int vector)
    {
        if (moderation.Gathers(vector)) Expired(vector);
    }

    private void Gather(CauseRaise raise, int vector)
    {
        if (moderation.Gathers(vector))
        {
            CountAt(Points.Moderation, vector, raise);
            Collapse(1u << raise.Cause, vector);
        }
        if (moderation.Gather(vector, raise)) Expired(vector);
    }

    private void Expired(int vector)
    {
        var (causes, first) = moderation.Release(vector);
        Decide(Trigger.Released, causes, 1u << vector, first);
    }

    /// <summary>Decides for each vector whether its message is sent now. Nothing else sends.</summary>
    /// <param name="fresh">Causes that were raised or enabled just now.</param>
    /// <param name="vectors">A bit for each vector concerned.</param>
    /// <param name="raise">For what is raised or released: the raise that is decided on.</param>
    private void Decide(Trigger trigger, uint fresh, uint vectors, CauseRaise raise = default)
    {
        for (; vectors != 0; vectors &= vectors - 1)
        {
            var vector = BitOperations.TrailingZeroCount(vectors);
            var bit = 1u << vector;
            var set = registers.IntCause.Value & registers.IntEnable.Value & causesOf[vector];
            var wasActive = (active & bit) != 0;
            var isMasked = (registers.IntMasked.Value & bit) != 0;
            active = set != 0 ? active | bit : active & ~bit;
            var send = set != 0 && Policy switch
            {
                RearmPolicy.PerEvent => trigger is Trigger.Raised or Trigger.Released or Trigger.Rerouted,
                RearmPolicy.OnNonZero => !wasActive,
                RearmPolicy.AutoMask => !isMasked,
                RearmPolicy.AutoMaskLossy => !isMasked && (fresh & set) != 0,
                _ => !wasActive || trigger is Trigger.CauseWritten or Trigger.Rearmed,
            };
            if (trigger == Trigger.Released)
            {
                send |= set != 0 && (owed & bit) != 0;
                owed &= ~bit;
            }
            if (send && (moderation.Gathering & bit) != 0) owed |= bit;
            else if (send) Send(trigger, fresh, vector);
            else if (IsRaise(trigger))
            {
                // What was cleared while it was gathered has gone no further.
                CountAt((set & fresh) == 0 ? Points.Moderation : isMasked ? Points.RearmMask : Points.VectorActive, vector, raise);
                Collapse(fresh, vector);
            }
        }
    }

    private void Send(Trigger trigger, uint fresh, int vector)
    {
        // A raise has just published it; what is released later has not.
        if (trigger != Trigger.Raised) status.Publish();
        // Masked before the message goes: what the host does about it must find the vector as it will stay.
        var masks = Policy is RearmPolicy.AutoMask or RearmPolicy.AutoMaskLossy;
        if (masks) registers.IntMasked.Value |= 1u << vector;
        switch (port.RaiseMessage(vector))
        {
            case MessageOutcome.Sent:
                if (!IsRaise(trigger)) resent++;
                break;
            case MessageOutcome.Collapsed:
                if (IsRaise(trigger)) Collapse(fresh, vector);
                break;
            case MessageOutcome.Pending:
                if (IsRaise(trigger)) masked++;
                break;
            case MessageOutcome.Lost:
                // Only a message that is somewhere masks its vector; this one is nowhere.
                if (masks) registers.IntMasked.Value &= ~(1u << vector);
                if (IsRaise(trigger)) masked++;
                break;
        }
    }

    // A raise that is decided on: at once, or for all that were gathered with it.
    private static bool IsRaise(Trigger trigger) => trigger is Trigger.Raised or Trigger.Released;

    // A cause that is set already holds a raise before anything else does, but for a message per event, which looks at no cause.
    private void CountAt(CounterFamily point, int thing, CauseRaise raise)
    {
        if (raise.WasSet && Policy != RearmPolicy.PerEvent) Points.CauseBit.Count(raise.Cause);
        else point.Count(thing);
    }

    private void Collapse(uint fresh, int vector)
    {
        collapsed++;
        port.Tracer.Record(TraceKind.InterruptCollapsed, source, BitOperations.TrailingZeroCount(fresh), vector);
    }

    // The host may grant fewer messages than asked for (PCI Express Base Specification 6.1.4): vectors fold.
    private void Route()
    {
        Array.Clear(causesOf);
        var granted = Math.Max(port.GrantedMessages, 1);
        var perCause = registers.IntRouting.Value != 0;
        var before = folded;
        folded = 0;
        for (var cause = 0; cause < DaqRegisters.Causes; cause++)
        {
            var vector = perCause ? registers.MappedVector(cause) % granted : 0;
            vectorOf[cause] = vector;
            causesOf[vector] |= 1u << cause;
            if (perCause && port.GrantedMessages > 0 && registers.MappedVector(cause) >= granted) folded |= 1u << cause;
        }
        for (var fresh = folded & ~before; fresh != 0; fresh &= fresh - 1) TellFolded(BitOperations.TrailingZeroCount(fresh));
    }

    private void TellFolded(int cause)
    {
        var level = Repeated.At(LogLevel.Info, ++VectorsFolded);
        if (Log.IsEnabled(level))
            Log.Log(level, "{Field} is vector {Vector}, and {Granted} are granted: its messages go to vector {Folded}.",
                registers.MapFieldOf(cause), registers.MappedVector(cause), port.GrantedMessages, vectorOf[cause]);
    }
}
