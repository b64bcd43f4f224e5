namespace Pcie.VfioUser.Messages;

/// <summary>SET_IRQS: what becomes of some interrupts of one kind.</summary>
/// <param name="Index">The kind.</param>
/// <param name="Start">The first of them.</param>
/// <param name="Count">How many.</param>
internal readonly record struct InterruptSet(uint Flags, int Index, int Start, int Count)
{
    /// <summary>Kinds of interrupts of a PCI device; there are two more, errors and requests, which this server has none of.</summary>
    public const int Intx = 0, Msi = 1, Msix = 2, Kinds = 5;

    private const uint DataNone = 1, DataEventFd = 4, ActionMask = 8, ActionUnmask = 0x10, ActionTrigger = 0x20;
    private const uint SetBytes = 20;

    /// <summary>Eventfds come with the message, or those that there are shall go.</summary>
    public bool IsAssignment => Flags == (DataEventFd | ActionTrigger);

    /// <summary>All interrupts of the kind shall go.</summary>
    public bool IsDisable => Flags == (DataNone | ActionTrigger) && Count == 0;

    /// <summary>The interrupts shall fire as if the device had raised them.</summary>
    public bool IsTrigger => Flags == (DataNone | ActionTrigger) && Count > 0;

    public bool IsMask => Flags == (DataNone | ActionMask);

    public bool IsUnmask => Flags == (DataNone | ActionUnmask);

    /// <exception cref="RequestRefusedException">It is none, or not whole.</exception>
    public static InterruptSet Read(ReadOnlySpan<byte> bytes)
    {
        var payload = new Payload(bytes, Command.SetIrqs);
        payload.StructureSize(SetBytes);
        var (flags, index, start, count) = (payload.UInt32(), payload.UInt32(), payload.UInt32(), payload.UInt32());
        if (index >= Kinds) throw new RequestRefusedException(Errno.Invalid, $"SET_IRQS of kind {index}; expected 0 to {Kinds - 1}");
        if (start > int.MaxValue || count > int.MaxValue - start)
            throw new RequestRefusedException(Errno.Invalid, $"SET_IRQS of {count} interrupts from {start}");
        var set = new InterruptSet(flags, (int)index, (int)start, (int)count);
        if (set is { IsAssignment: false, IsDisable: false, IsTrigger: false, IsMask: false, IsUnmask: false })
            throw new RequestRefusedException(Errno.Invalid, $"SET_IRQS with flags 0x{flags:X} and count {count}; expected 0x24 (eventfds), "
                + "0x21 (fire, or with count 0 disable), 0x9 (mask) or 0x11 (unmask)");
        return set;
    }
}
