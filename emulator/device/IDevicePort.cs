using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Device;

/// <summary>What a card's logic can do towards the bus and in time: the PCI function's side of the contract.</summary>
public interface IDevicePort
{
    /// <summary>Where the card schedules what it has to do later.</summary>
    Timeline Timeline { get; }

    /// <summary>The time that it ought to be: by the wall clock later than the timeline's, where the card's process has fallen behind.</summary>
    SimTime ClockTime => Timeline.Now;

    /// <summary>Before this time nothing comes from outside that is not on the timeline already; no later than now where nothing is known.</summary>
    SimTime Horizon => Timeline.Now;

    /// <summary>Where the card says what happened.</summary>
    Tracer Tracer { get; }

    /// <summary>
    /// Sends a posted write of host memory. Needs Bus Master Enable; without it nothing is sent and false returned
    /// (PCI Local Bus 6.2.2: a function that may not master the bus issues no requests).
    /// </summary>
    /// <param name="address">Bus address, DW-aligned.</param>
    /// <param name="bytes">Any number; those behind the last whole DW go with its byte enables.</param>
    bool WriteHost(ulong address, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Sends a read of host memory; the answer comes to <paramref name="completer"/> later. Needs Bus Master Enable, else false.
    /// </summary>
    bool ReadHost(ulong address, int length, IRequestCompleter completer, int cookie);

    /// <summary>Most bytes of a posted write, as the host set it (Max_Payload_Size): 128 to 512.</summary>
    int MaxPayloadSize { get; }

    /// <summary>Most bytes of a read, as the host set it (Max_Read_Request_Size): 128 to 4096.</summary>
    int MaxReadRequestSize { get; }

    /// <summary>
    /// How many messages the device may raise: with MSI, what the host granted (1 to 32); with MSI-X, the entries of the table,
    /// whatever the host makes of them; 0 while both are disabled.
    /// </summary>
    int GrantedMessages { get; }

    /// <summary>
    /// Raises a message, MSI or MSI-X, whichever the host enabled. The capability decides what becomes of it: sent; pending, if
    /// masked; lost, if messages or bus mastering are disabled; needless, if the card's line is in its place.
    /// </summary>
    /// <param name="message">0 to <see cref="GrantedMessages"/> - 1.</param>
    MessageOutcome RaiseMessage(int message);

    /// <summary>
    /// Says whether the card wants service, by the level of its interrupt line (PCI Express Base Specification 6.1.2). The function lets it through
    /// while the host has enabled no message and not disabled the line; a card without a line says it in vain.
    /// </summary>
    void DriveLine(bool wantsService);

    /// <summary>Messages that have left so far, those that were pending first included.</summary>
    ulong MessagesSent { get; }
}
