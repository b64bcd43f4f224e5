namespace Pcie.DriverModel.Kernel.Interrupts;

/// <summary>The interrupt descriptor table, one for all processors.</summary>
public sealed class InterruptTable
{
    private readonly Interrupt?[] interrupts = new Interrupt?[256];

    /// <summary>Messages to a vector that nothing is connected to, when they arrive or when they could be delivered.</summary>
    public long Spurious { get; private set; }

    /// <summary>IoConnectInterruptEx: puts an interrupt into the table.</summary>
    /// <exception cref="InvalidOperationException">The vector is taken.</exception>
    public void Connect(Interrupt interrupt, byte vector)
    {
        if (interrupts[vector] is { } other) throw new InvalidOperationException($"Vector 0x{vector:X2} is connected to {other.Name} already.");
        interrupts[vector] = interrupt;
        interrupt.Vector = vector;
    }

    /// <summary>IoDisconnectInterruptEx.</summary>
    public void Disconnect(Interrupt interrupt)
    {
        if (interrupts[interrupt.Vector] == interrupt) interrupts[interrupt.Vector] = null;
    }

    /// <summary>The highest <paramref name="count"/> neighbouring device vectors that are free, aligned as multi-message MSI needs it.</summary>
    /// <returns>The first of them; null if there are none.</returns>
    public byte? FindFreeVectors(int count)
    {
        // From the top: the driver under study gets a high device IRQL, as PCI devices do.
        // A power of two may be for MSI, which puts the message's number into the low bits; other numbers are for MSI-X, where
        // any will do.
        var step = int.IsPow2(count) ? count : 1;
        for (var first = (Irql.LastDeviceVector + 1 - count) / step * step; first >= Irql.FirstDeviceVector; first -= step)
        {
            if (!interrupts.AsSpan(first, count).ContainsAnyExcept([null])) return (byte)first;
        }
        return null;
    }

    /// <summary>Whether an ISR with code is connected to a vector.</summary>
    internal bool HasCode(byte vector) => interrupts[vector]?.Service is not null;

    /// <summary>The interrupt behind a vector that a message is for.</summary>
    /// <returns>Null if the message is spurious, which is counted.</returns>
    internal Interrupt? Find(byte vector)
    {
        var interrupt = interrupts[vector];
        if (interrupt is null) Spurious++;
        return interrupt;
    }
}
