using System.Buffers.Binary;
using NLog;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Pci.Memory;
using Pcie.Pci.Messages;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Bus;

/// <summary>
/// The host's end of the bus: sends configuration and BAR accesses, takes the device's DMA into host memory, and decodes what the
/// device writes into the MSI window into an interrupt at a processor. There is no other way for an interrupt to get in.
/// </summary>
/// <remarks>Accesses and arrivals allocate nothing in steady state.</remarks>
public sealed class RootComplex : ITlpReceiver
{
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly ModelledKernel kernel;
    private readonly ITlpSender link;
    private readonly Requester requester;
    private readonly PendingRead[][] reads;
    private readonly uint source;
    private readonly byte[] word = new byte[8];

    /// <param name="port">The card's part of the machine; null if it is the only one.</param>
    public RootComplex(ModelledKernel kernel, ITlpSender link, Duration completionTimeout, RootPort? port = null)
    {
        this.kernel = kernel;
        Port = port ?? RootPort.Only(kernel.Tracer);
        this.link = link;
        requester = new Requester(kernel.Timeline, link, completionTimeout);
        reads = [.. kernel.Processors.Select(p =>
            Enumerable.Range(0, Irql.Levels).Select(_ => new PendingRead(this, p)).ToArray())];
        source = Port.Tracer.AddSource("root complex");
    }

    /// <summary>What the card has of the machine for itself.</summary>
    public RootPort Port { get; }

    public HostMemory Memory => Port.Memory;

    /// <summary>Why the device is gone; null while it is there.</summary>
    public LinkDown? Down { get; private set; }

    /// <summary>Told once, when the device goes.</summary>
    public event Action<LinkDown>? DeviceGone;

    public RootComplexCounters Counters { get; } = new();

    /// <summary>Requests of the host that wait for the device.</summary>
    public Requester Requester => requester;

    /// <summary>
    /// Reads 1, 2, 4 or 8 bytes of device memory, naturally aligned. The processor stalls until the answer comes; all-ones if it
    /// does not come, or is not a successful one.
    /// </summary>
    public ReadAwaitable ReadMemory(ulong address, int width) => Read(TlpKind.MemoryRead, address, width);

    /// <summary>Reads 1, 2 or 4 bytes of configuration space, naturally aligned.</summary>
    public ReadAwaitable ReadConfig(int offset, int width) => Read(TlpKind.ConfigRead, (ulong)offset, width);

    /// <summary>
    /// Writes 1, 2 or 4 bytes of configuration space and stalls until the device has answered: the write is non-posted.
    /// </summary>
    public ReadAwaitable WriteConfig(int offset, int width, uint value)
    {
        var read = ReadOfCaller();
        read.Prepare(TlpKind.ConfigWrite, (ulong)offset, width, value);
        return new ReadAwaitable(read);
    }

    /// <summary>Writes 1, 2, 4 or 8 bytes of device memory, naturally aligned: posted, the processor goes on at once.</summary>
    public void WriteMemory(ulong address, int width, ulong value)
    {
        Counters.Writes++;
        var tlp = Tlp.Request(TlpKind.MemoryWrite, address, width);
        BinaryPrimitives.WriteUInt64LittleEndian(word, value << (int)(address & 3) * 8);
        link.Send(tlp, word.AsSpan(0, tlp.Length));
    }

    /// <inheritdoc/>
    public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        switch (tlp.Kind)
        {
            case TlpKind.MemoryWrite when MsiAddress.IsMessage(tlp.Address):
                ReceiveMessage(tlp, payload);
                break;
            case TlpKind.MemoryWrite:
                Memory.Write(tlp, payload);
                break;
            case TlpKind.MemoryRead:
                var found = Memory.TryRead(tlp, out var bytes);
                link.Send(Tlp.CompletionOf(tlp, found ? CompletionStatus.Successful : CompletionStatus.UnsupportedRequest),
                    bytes);
                break;
            case TlpKind.Completion:
                requester.Complete(tlp, payload);
                break;
            case TlpKind.Message:
                // The modelled machine wires no line to a processor.
                Counters.LineMessages++;
                break;
            default:
                // An endpoint sends no configuration requests (PCIe 2.2.7). Answered, so that it does not wait for ever.
                Counters.Refused++;
                link.Send(Tlp.CompletionOf(tlp, CompletionStatus.UnsupportedRequest), default);
                break;
        }
    }

    /// <inheritdoc/>
    public void LinkWentDown(LinkDown down)
    {
        Down = down;
        Port.Tracer.Record(TraceKind.SurpriseRemoval, source, (long)down.Reason);
        requester.FailAll(RequestOutcome.LinkDown);
        DeviceGone?.Invoke(down);
    }

    internal bool TrySend(in Tlp request, ReadOnlySpan<byte> payload, IRequestCompleter completer) =>
        requester.TrySend(request, payload, completer, 0);

    internal void ReadFailed(ulong address, RequestOutcome outcome)
    {
        Counters.FailedReads++;
        Port.Tracer.Record(TraceKind.ReadFailed, source, (long)address, (long)outcome);
    }

    private ReadAwaitable Read(TlpKind kind, ulong address, int width)
    {
        Counters.Reads++;
        var read = ReadOfCaller();
        read.Prepare(kind, address, width, 0);
        return new ReadAwaitable(read);
    }

    // One for each level: an ISR that is let in when a read completes may read before the code below has fetched its value.
    private PendingRead ReadOfCaller() => reads[kernel.Current.Number][kernel.Current.CurrentIrql];

    private void ReceiveMessage(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        var processor = MsiAddress.ProcessorOf(tlp.Address);
        if (tlp.Length != 4 || tlp.FirstByteEnables != 0xF || processor >= kernel.Processors.Count)
        {
            Log.Repeatedly(LogLevel.Info, (ulong)++Counters.BadMessages,
                $"Write of {tlp.Length} bytes at 0x{tlp.Address:X} by the device is no message: "
                + $"expected one DW, to processor 0 to {kernel.Processors.Count - 1}.");
            return;
        }
        Counters.Messages++;
        kernel.Processors[processor].Request(payload[0]);
    }
}
