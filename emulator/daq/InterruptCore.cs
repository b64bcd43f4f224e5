using Pcie.Card.Daq.Dma;
using System.Numerics;
using Pcie.Card.Device;
using Pcie.Trace;

namespace Pcie.Card.Daq;

/// <summary>
/// Causes → enable → routing → vector → message. What is sent, and when again, follows from the re-arm policy;
/// <see cref="Decide"/> is the one place that decides it.
/// </summary>
/// <remarks>Allocates nothing after construction.</remarks>
internal sealed class InterruptCore
{
    private const int Vectors = 32;
    private const uint AllVectors = uint.MaxValue;

    private readonly IDevicePort port;
    private readonly DaqRegisters registers;
    private readonly StatusBlockWriter status;
    private readonly uint source;

    // Derived from routing, map and grant.
    private readonly uint[] causesOf = new uint[Vectors];
    private readonly int[] vectorOf = new int[DaqRegisters.Causes];

    // A bit per vector: whether it had an enabled cause set when last looked at.
    private uint active;

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
        port.MessagesChanged += RoutingChanged;
        Route();
    }

    private enum Trigger
    {
        Raised,
        Enabled,
        CauseWritten,
        Rearmed,
        SetUpChanged,
    }

    public InterruptCounters Counters => new(raised, port.MessagesSent, masked, collapsed, resent);

    /// <summary>Writes of INT_POLICY with a value that is no policy.</summary>
    public ulong PoliciesRefused { get; private set; }

    private RearmPolicy Policy => (RearmPolicy)registers.IntPolicy.Value;

    /// <summary>Registers are at their reset values already.</summary>
    public void Reset()
    {
        active = 0;
        Route();
    }

    /// <summary>Something happened. The status block, if there is one, tells of it before any message does.</summary>
    public void Raise(Cause cause)
    {
        var bit = 1u << (int)cause;
        registers.IntCause.Value |= bit;
        raised++;
        port.Tracer.Record(TraceKind.InterruptRaised, source, (long)cause, registers.IntCause.Value);
        status.Publish();
        if ((registers.IntEnable.Value & bit) == 0)
        {
            masked++;
            port.Tracer.Record(TraceKind.InterruptMasked, source, vectorOf[(int)cause], 1);
            return;
        }
        Decide(Trigger.Raised, bit, 1u << vectorOf[(int)cause]);
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
            PoliciesRefused++;
            registers.IntPolicy.Value = before;
        }
        if (registers.IntPolicy.Value == before) return;
        registers.IntMasked.Value = 0;
        active = 0;
        Decide(Trigger.SetUpChanged, 0, AllVectors);
    }

    /// <summary>INT_ROUTING or the map was written, or the host changed what it grants.</summary>
    public void RoutingChanged()
    {
        Route();
        Decide(Trigger.SetUpChanged, 0, AllVectors);
    }

    /// <summary>Decides for each vector whether its message is sent now. Nothing else sends.</summary>
    /// <param name="fresh">Causes that were raised or enabled just now.</param>
    /// <param name="vectors">A bit for each vector concerned.</param>
    private void Decide(Trigger trigger, uint fresh, uint vectors)
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
                RearmPolicy.PerEvent => trigger == Trigger.Raised,
                RearmPolicy.OnNonZero => !wasActive,
                RearmPolicy.AutoMask => !isMasked,
                RearmPolicy.AutoMaskLossy => !isMasked && (fresh & set) != 0,
                _ => !wasActive || trigger is Trigger.CauseWritten or Trigger.Rearmed,
            };
            if (send) Send(trigger, fresh, vector);
            else if (trigger == Trigger.Raised) Collapse(fresh, vector);
        }
    }

    private void Send(Trigger trigger, uint fresh, int vector)
    {
        if (trigger != Trigger.Raised) status.Publish();
        // Masked before the message goes: what the host does about it must find the vector as it will stay.
        var masks = Policy is RearmPolicy.AutoMask or RearmPolicy.AutoMaskLossy;
        if (masks) registers.IntMasked.Value |= 1u << vector;
        switch (port.RaiseMessage(vector))
        {
            case MessageOutcome.Sent:
                if (trigger != Trigger.Raised) resent++;
                break;
            case MessageOutcome.Collapsed:
                if (trigger == Trigger.Raised) Collapse(fresh, vector);
                break;
            case MessageOutcome.Pending:
                if (trigger == Trigger.Raised) masked++;
                break;
            case MessageOutcome.Lost:
                // Only a message that is somewhere masks its vector; this one is nowhere.
                if (masks) registers.IntMasked.Value &= ~(1u << vector);
                if (trigger == Trigger.Raised) masked++;
                break;
        }
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
        var fold = Math.Max(port.GrantedMessages, 1) - 1;
        var perCause = registers.IntRouting.Value != 0;
        for (var cause = 0; cause < DaqRegisters.Causes; cause++)
        {
            var vector = perCause ? registers.MappedVector(cause) & fold : 0;
            vectorOf[cause] = vector;
            causesOf[vector] |= 1u << cause;
        }
    }
}
