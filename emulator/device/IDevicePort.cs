using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Card.Device;

/// <summary>What a card's logic can do towards the bus and in time. Implemented by the PCI function.</summary>
public interface IDevicePort
{
    /// <summary>Where the card schedules what it has to do later.</summary>
    Timeline Timeline { get; }

    /// <summary>Where the card says what happened.</summary>
    Tracer Tracer { get; }

    /// <summary>
    /// Sends a posted write of host memory. Needs Bus Master Enable; without it nothing is sent and false returned
    /// (PCI Local Bus 6.2.2: a function that may not master the bus issues no requests).
    /// </summary>
    /// <param name="address">Bus address, DW-aligned.</param>
    /// <param name="bytes">A multiple of 4 bytes.</param>
    bool WriteHost(ulong address, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Sends a read of host memory; the answer comes to <paramref name="completer"/> later. Needs Bus Master Enable, else false.
    /// </summary>
    bool ReadHost(ulong address, int length, IReadCompleter completer, int cookie);

    /// <summary>Most bytes of payload in a TLP that the function sends: Max_Payload_Size of Device Control.</summary>
    int MaxPayloadSize { get; }

    /// <summary>Most bytes that one of the function's reads may ask for: Max_Read_Request_Size of Device Control.</summary>
    int MaxReadRequestSize { get; }

    /// <summary>How many MSI messages the host granted (1 to 32), or 0 while MSI is disabled.</summary>
    int GrantedMessages { get; }

    /// <summary>
    /// Raises an MSI message. The capability decides what becomes of it: sent; pending, if masked; lost, if MSI or bus mastering is
    /// disabled.
    /// </summary>
    /// <param name="message">0 to <see cref="GrantedMessages"/> - 1.</param>
    MessageOutcome RaiseMessage(int message);

    /// <summary>Messages that have left so far, those that were pending first included.</summary>
    ulong MessagesSent { get; }

    /// <summary>Told when a pending message is sent because it was unmasked, and when the grant or an enable changes.</summary>
    event Action? MessagesChanged;
}
