namespace Pcie.Trace;

/// <summary>What a <see cref="TraceEvent"/> tells. The meaning of its A and B stands with each kind; numbers are kept for ever.</summary>
public enum TraceKind : ushort
{
    None = 0,

    // Card: interrupts.
    /// <summary>A cause was raised. A: cause number, B: cause bits pending after.</summary>
    InterruptRaised = 1,
    /// <summary>A message left the card. A: vector (message number), B: address written.</summary>
    InterruptSent = 2,
    /// <summary>A raise that sent nothing because the same was pending already. A: cause, B: <see cref="CollapseCounter.Traced"/>.</summary>
    InterruptCollapsed = 3,
    /// <summary>A message held back by a mask or a disabled enable. A: vector, B: 1 when it became pending, 0 when it was lost.</summary>
    InterruptMasked = 4,
    /// <summary>The card's interrupt line changed. A: 1 asserted, 0 deasserted.</summary>
    InterruptLine = 5,

    // Card: data.
    /// <summary>DMA of a chunk began. A: sequence number, B: bus address.</summary>
    ChunkStarted = 10,
    /// <summary>The chunk, header included, is on its way. A: sequence number, B: bus address.</summary>
    ChunkWritten = 11,
    /// <summary>The card wrote over a chunk that the driver had not acknowledged. A: sequence number of the victim, B: of the new chunk.</summary>
    ChunkOverwritten = 12,
    /// <summary>The card dropped a chunk. A: sequence number, B: reason: 1 every slot was full, 2 its FIFO was, more: it was stopped.</summary>
    ChunkDropped = 13,

    // Card: accesses.
    /// <summary>A register was read over the link. A: BAR in bits 63..56 and offset, B: value.</summary>
    RegisterRead = 20,
    /// <summary>A register was written over the link. A: BAR in bits 63..56 and offset, B: value.</summary>
    RegisterWritten = 21,
    /// <summary>Configuration space was written. A: offset, B: value.</summary>
    ConfigWritten = 22,
    /// <summary>A request was refused. A: address, B: completion status, or -1 if it was malformed and discarded.</summary>
    RequestRefused = 23,

    // Card: what was made to go wrong.
    /// <summary>
    /// A fault took effect. A: its kind, as <c>FaultKind</c> numbers them; B: what was hit: an address, a tag, nanoseconds, or chunks.
    /// </summary>
    FaultInjected = 30,

    // Host: processors.
    /// <summary>
    /// A message reached a local APIC and had to wait; one that is delivered at once shows as its ISR. A: vector, B: 1 if it collapsed.
    /// </summary>
    InterruptRequested = 40,
    /// <summary>An ISR began. A: vector.</summary>
    IsrBegin = 41,
    /// <summary>An ISR ended. A: vector.</summary>
    IsrEnd = 42,
    /// <summary>
    /// KeInsertQueueDpc. A: 0 if it already was queued (FALSE), 1 if it is now (TRUE), 2 if it is and the DPC interrupt is not asked for, so that
    /// it is left in the queue; B: queue depth after.
    /// </summary>
    DpcQueued = 43,
    /// <summary>
    /// A DPC routine began. A: its queue's depth after unlinking, B: 0 from the queue, 1 by timer expiry, 2 in the thread for threaded DPCs.
    /// </summary>
    DpcBegin = 44,
    /// <summary>A DPC routine ended.</summary>
    DpcEnd = 45,
    /// <summary>The clock interrupt. A: 1 if it requested the DPC interrupt.</summary>
    Tick = 46,
    /// <summary>A thread raised its IRQL to DISPATCH_LEVEL or above. A: IRQL. A real machine's trace does not tell.</summary>
    RaisedIrqlBegin = 47,
    /// <summary>The thread lowered its IRQL again. A: IRQL it had.</summary>
    RaisedIrqlEnd = 48,
    /// <summary>A DPC or a raised thread, the source, began to spin for a lock that another processor holds. A: the lock's source number.</summary>
    SpinBegin = 49,
    /// <summary>It has the lock. A: the lock's source number.</summary>
    SpinEnd = 50,
    /// <summary>Firmware or a hypervisor stopped all processors. A: for how many nanoseconds, unless others add to it.</summary>
    ProcessorsStopped = 51,
    /// <summary>All processors go on.</summary>
    ProcessorsResumed = 52,
    /// <summary>Something woke an idle processor. A: its idle state, from 0; B: nanoseconds until it takes what woke it.</summary>
    IdleExit = 53,
    /// <summary>
    /// The DPC watchdog found a limit passed; the source is who ran. A: 0 that of a single DPC or ISR, 1 that of a processor; B: clock interrupts
    /// counted.
    /// </summary>
    DpcWatchdogViolation = 54,
    /// <summary>KeRemoveQueueDpc took a DPC out of its queue: it does not run. A: queue depth after.</summary>
    DpcRemoved = 55,

    // Host: the driver and its data.
    /// <summary>A chunk lies in host memory, whole. A: sequence number, B: its slot.</summary>
    ChunkArrived = 59,
    /// <summary>A chunk was copied into the cyclic buffer. A: sequence number, B: chunks in the buffer after.</summary>
    ChunkCopied = 60,
    /// <summary>The reader took a chunk. A: sequence number, B: chunks in the buffer after.</summary>
    ChunkDelivered = 61,
    /// <summary>A chunk not yet copied was destroyed in host memory. A: its sequence number, B: its slot.</summary>
    Overrun = 62,
    /// <summary>The cyclic buffer was full and refused a chunk. A: sequence number.</summary>
    ChunkRefused = 63,
    /// <summary>A read completed with all-ones. A: address, B: completion status; 255 for a timeout, 254 for a link that is down.</summary>
    ReadFailed = 64,
    /// <summary>The device is gone. A: reason.</summary>
    SurpriseRemoval = 65,
    /// <summary>The driver gave the card its DMA buffer. A: slots, B: bytes of a slot.</summary>
    DmaBufferGiven = 66,
    /// <summary>
    /// The driver asked the card to hold interrupts back, for data. A: events, 0 for any number; B: nanoseconds, 0 for as long as it takes.
    /// </summary>
    ModerationAsked = 68,
    /// <summary>The driver's watchdog found a chunk for which no interrupt had come. A: the last sequence number that was copied.</summary>
    LostInterruptFound = 67,

    /// <summary>A driver says that something happened, which the source is the name of. A, B: what it says of it.</summary>
    DriverEvent = 69,
    /// <summary>The same, and what happened is a loss: what was to be delivered in time was not, or not whole.</summary>
    DriverLoss = 70,

    // The recording itself.
    /// <summary>The recorder left events out here. A: how many.</summary>
    EventsOmitted = 80,
}
