using System.Numerics;
using NLog;
using Pcie.Control.Wire;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Logging;
using Pcie.Trace;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>
/// Causes → enable → routing → vector → moderation → re-arm policy → message. <see cref="Decide"/> is the one place that decides what is
/// sent, and when again. To the interrupt line, which is there where no message is, causes and enable lead straight.
/// </summary>
/// <remarks>
/// Moderation comes before the policy: the policy looks once for all the raises that a vector has gathered, when it releases them, and finds
/// the causes as they are then. What else would send meanwhile (a re-arm, an enable, a write of INT_CAUSE) waits for that release.
/// Allocates nothing after construction.
/// </remarks>
internal sealed class InterruptCore
{
    private const uint AllVectors = uint.MaxValue;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly IDevicePort port;
    private readonly StatusBlockWriter status;
    private readonly uint source;
    private readonly InterruptRouting routing;
    private readonly InterruptModeration moderation;
    private readonly Register causes, enable, policy, selfMasked;

    // A bit per vector: whether it had an enabled cause set when last looked at.
    private uint active;

    // A bit per vector: whether a message is due at the end of its gathering, whatever the policy finds then.
    private uint owed;

    // Raises that found their cause set, whatever the policy made of it: only a count of events tells of them.
    private readonly CounterFamily repeated = new("interrupts.repeated", CauseBits.Count, CauseBits.NameOf);

    private readonly CounterFamily raised = new("interrupts.raised", CauseBits.Count, CauseBits.NameOf);

    private ulong masked;
    private ulong collapsed;
    private ulong resent;

    /// <param name="set">The registers of interrupts are declared in it.</param>
    /// <param name="afterReset">Reset value of INT_POLICY.</param>
    /// <param name="source">In the trace.</param>
    public InterruptCore(IDevicePort port, RegisterSet set, StatusBlockWriter status, RearmPolicy afterReset, uint source)
    {
        (this.port, this.status, this.source) = (port, status, source);
        causes = set.Declare("INT_CAUSE", 0x020, "Events since last cleared")
            .FlagPerCause(W1C)
            .OnWrite(_ =>
            {
                DriveLine();
                Decide(Trigger.CauseWritten, 0, AllVectors);
            });
        enable = set.Declare("INT_ENABLE", 0x024, "Which causes may send messages")
            .FlagPerCause(RW)
            .OnWrite(write =>
            {
                DriveLine();
                Decide(Trigger.Enabled, write.After & ~write.Before, AllVectors);
            });
        routing = new InterruptRouting(port, set, RoutingChanged);
        policy = set.Declare("INT_POLICY", 0x02C, "When a message is sent, and when again")
            .Field(0, 3, "POLICY", RW, "0 per event, 1 on non-zero, 2 auto-mask, 3 auto-mask lossy, 4 level; others are refused", (uint)afterReset)
            .Reserved(3, 29)
            .Stores(KnownPolicy)
            .OnChange(PolicyChanged);
        set.Declare("INT_REARM", 0x030, "Unmasks vectors that their own message masked")
            .Field(0, 32, "VECTORS", WO, "a bit per vector")
            .OnWrite(write => Rearm(write.Ones));
        set.Declare("INT_TEST", 0x034, "Raises causes by software")
            .FlagPerCause(WO)
            .OnWrite(write => RaiseAll(write.Ones & CauseBits.All));
        selfMasked = set.Declare("INT_MASKED", 0x038, "Vectors that their own message masked").Field(0, 32, "VECTORS", RO, "a bit per vector");
        set.Declare(RegisterPair.Counter("INT_RAISED", 0x050, "Causes raised", () => raised.Total));
        set.Declare(RegisterPair.Counter("INT_SENT", 0x058, "Messages sent", () => port.MessagesSent));
        set.Declare(RegisterPair.Counter("INT_HELD", 0x060,
            "Raises held back: cause not enabled, message masked, or MSI or bus mastering off", () => masked));
        set.Declare(RegisterPair.Counter("INT_COLLAPSED", 0x068, "Raises that sent nothing because the same was pending already", () => collapsed));
        moderation = new InterruptModeration(port.Timeline, set, Expired);
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

    public InterruptCounters Counters => new(raised.Total, port.MessagesSent, masked, collapsed, resent);

    /// <summary>Raises that waited for others to share their message.</summary>
    public ulong Moderated => moderation.Gathered;

    /// <summary>Where raises ended that sent nothing of their own.</summary>
    public CollapseCounters Points { get; } = new();

    /// <summary>Counters by cause and by vector.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics => [.. raised.Statistics, .. repeated.Statistics, .. Points.Statistics];

    /// <summary>Writes of INT_POLICY with a value that is no policy.</summary>
    public ulong PoliciesRefused { get; private set; }

    /// <summary>Causes whose vector in the map turned out to be beyond the messages granted.</summary>
    public ulong VectorsFolded => routing.VectorsFolded;

    /// <summary>What each cause is doing.</summary>
    public IEnumerable<CauseState> States => Enumerable.Range(0, CauseBits.Count).Select(cause => new CauseState
    {
        Name = CauseBits.NameOf(cause),
        Raised = raised[cause],
        IsSet = (causes.Value >> cause & 1) != 0,
        IsEnabled = (enable.Value >> cause & 1) != 0,
        Message = (uint)routing.VectorOf(cause),
        WaitsForRearm = (selfMasked.Value >> routing.VectorOf(cause) & 1) != 0,
    });

    private RearmPolicy Policy => (RearmPolicy)policy.Value;

    /// <summary>Forgets what is gathered. Registers are reset after this, and the routing with them.</summary>
    public void Reset()
    {
        active = owed = 0;
        for (var vectors = moderation.Gathering; vectors != 0; vectors &= vectors - 1)
        {
            var vector = BitOperations.TrailingZeroCount(vectors);
            var (gathered, _) = moderation.Release(vector);
            Points[CollapsePoint.Moderation].Count(vector);
            Collapse(gathered, vector, CollapsePoint.Moderation);
        }
    }

    /// <summary>Something happened. The status block, if there is one, tells of it before any message does.</summary>
    public void Raise(Cause cause)
    {
        var bit = 1u << (int)cause;
        var raise = new CauseRaise((int)cause, (causes.Value & bit) != 0);
        if (raise.WasSet) repeated.Count(raise.Cause);
        causes.Value |= bit;
        raised.Count(raise.Cause);
        port.Tracer.Record(TraceKind.InterruptRaised, source, (long)cause, causes.Value);
        status.Publish(causes.Value);
        DriveLine();
        if ((enable.Value & bit) == 0)
        {
            masked++;
            CountCollapse(CollapsePoint.Enable, raise.Cause, raise);
            port.Tracer.Record(TraceKind.InterruptMasked, source, routing.VectorOf(raise.Cause), 1);
            return;
        }
        var vector = routing.VectorOf(raise.Cause);
        if (!moderation.Moderates(vector)) Decide(Trigger.Raised, bit, 1u << vector, raise);
        else Gather(raise, vector);
    }

    /// <summary>INT_ROUTING or the map was written, or the host changed what it grants.</summary>
    public void RoutingChanged()
    {
        var (gathered, first, wasSet) = (0u, 0u, 0u);
        for (var vectors = moderation.Gathering; vectors != 0; vectors &= vectors - 1)
        {
            var (released, raise) = moderation.Release(BitOperations.TrailingZeroCount(vectors));
            gathered |= released;
            first |= 1u << raise.Cause;
            if (raise.WasSet) wasSet |= 1u << raise.Cause;
        }
        owed = 0;
        routing.Route();
        // Routing changed while raises were gathered: each cause decides for its new vector. Only the raise that began a gathering still has to
        // be counted; the others were counted as collapsed when they were gathered.
        for (; gathered != 0; gathered &= gathered - 1)
        {
            var cause = BitOperations.TrailingZeroCount(gathered);
            var bit = 1u << cause;
            var raise = new CauseRaise(cause, (wasSet & bit) != 0);
            Decide((first & bit) != 0 ? Trigger.Released : Trigger.Rerouted, bit, 1u << routing.VectorOf(cause), raise);
        }
        Decide(Trigger.SetUpChanged, 0, AllVectors);
    }

    // For a host that grants no message: neither vectors nor moderation nor a policy are of a line.
    private void DriveLine() => port.DriveLine((causes.Value & enable.Value) != 0);

    private void RaiseAll(uint raisedCauses)
    {
        for (; raisedCauses != 0; raisedCauses &= raisedCauses - 1) Raise((Cause)BitOperations.TrailingZeroCount(raisedCauses));
    }

    private void Rearm(uint vectors)
    {
        selfMasked.Value &= ~vectors;
        Decide(Trigger.Rearmed, 0, vectors);
    }

    private uint? KnownPolicy(uint value)
    {
        if ((RearmPolicy)value <= RearmPolicy.Level) return value;
        Log.Log(Repeated.At(LogLevel.Warn, ++PoliciesRefused), "INT_POLICY.POLICY {Policy} refused: expected 0 to {Last}.",
            value, (int)RearmPolicy.Level);
        return null;
    }

    // Another policy begins with nothing masked and nothing sent.
    private void PolicyChanged()
    {
        selfMasked.Value = 0;
        active = owed = 0;
        Decide(Trigger.SetUpChanged, 0, AllVectors);
    }

    private void Gather(CauseRaise raise, int vector)
    {
        if (moderation.Gathers(vector))
            Collapse(1u << raise.Cause, vector, CountCollapse(CollapsePoint.Moderation, vector, raise));
        if (moderation.Gather(vector, raise)) Expired(vector);
    }

    private void Expired(int vector)
    {
        var (gathered, first) = moderation.Release(vector);
        Decide(Trigger.Released, gathered, 1u << vector, first);
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
            var set = causes.Value & enable.Value & routing.CausesOf(vector);
            var wasActive = (active & bit) != 0;
            var isMasked = (selfMasked.Value & bit) != 0;
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
                var point = (set & fresh) == 0 ? CollapsePoint.Moderation : isMasked ? CollapsePoint.RearmMask : CollapsePoint.VectorActive;
                Collapse(fresh, vector, CountCollapse(point, vector, raise));
            }
        }
    }

    private void Send(Trigger trigger, uint fresh, int vector)
    {
        // A raise has just published it; what is released later has not.
        if (trigger != Trigger.Raised) status.Publish(causes.Value);
        // Masked before the message goes: what the host does about it must find the vector as it will stay.
        var masks = Policy is RearmPolicy.AutoMask or RearmPolicy.AutoMaskLossy;
        if (masks) selfMasked.Value |= 1u << vector;
        switch (port.RaiseMessage(vector))
        {
            case MessageOutcome.Sent:
                if (!IsRaise(trigger)) resent++;
                break;
            case MessageOutcome.Collapsed:
                if (IsRaise(trigger)) Collapse(fresh, vector, CollapsePoint.PendingBit);
                break;
            case MessageOutcome.Pending:
                if (IsRaise(trigger)) masked++;
                break;
            case MessageOutcome.Lost or MessageOutcome.LeftToLine:
                // Only a message that is somewhere masks its vector; this one is nowhere.
                if (masks) selfMasked.Value &= ~(1u << vector);
                if (IsRaise(trigger)) masked++;
                break;
        }
    }

    // A raise that is decided on: at once, or for all that were gathered with it.
    private static bool IsRaise(Trigger trigger) => trigger is Trigger.Raised or Trigger.Released;

    // A raise whose cause was set already collapses at the cause's bit, before every later point, except under PerEvent, which ignores causes.
    private CollapsePoint CountCollapse(CollapsePoint point, int thing, CauseRaise raise)
    {
        if (raise.WasSet && Policy != RearmPolicy.PerEvent) (point, thing) = (CollapsePoint.CauseBit, raise.Cause);
        Points[point].Count(thing);
        return point;
    }

    private void Collapse(uint fresh, int vector, CollapsePoint point)
    {
        collapsed++;
        port.Tracer.Record(TraceKind.InterruptCollapsed, source, BitOperations.TrailingZeroCount(fresh), CollapseCounter.Traced(point, vector));
    }
}
