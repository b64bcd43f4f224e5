using NLog;
using Pcie.Card.Device;
using Pcie.Link;
using Pcie.Logging;

namespace Pcie.Card.Daq.Dma;

/// <summary>
/// The other direction, looped back: reads a buffer of host memory, split at 4 KiB and at Max_Read_Request_Size, and hands it on in chunks, as
/// the source hands on its own. A chunk that is read waits for room in the FIFO: what comes from here never overflows it.
/// </summary>
/// <remarks>Allocates nothing after construction, unless something goes wrong.</remarks>
internal sealed class HostReader : IReadCompleter
{
    /// <summary>H2C_CONTROL: begin.</summary>
    private const uint Start = 1 << 0;

    /// <summary>H2C_CONTROL: stop where it is.</summary>
    private const uint Abort = 1 << 1;

    private const int MaxInFlight = 8;
    private const int Generations = 1 << 24;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly DaqCardOptions options;
    private readonly IDevicePort port;
    private readonly DaqRegisters registers;
    private readonly InterruptCore interrupts;
    private readonly SourceCore loopback;
    private readonly DmaCore dma;
    private readonly (bool Used, int Offset)[] reads = new (bool, int)[MaxInFlight];
    private ChunkBuffer chunk;
    private bool running;
    private bool handingOn;
    private ulong address;
    private uint left;

    // Of the chunk being read: its bytes, those asked for, those that came.
    private int length;
    private int asked;
    private int received;
    private int inFlight;

    // What a read was asked for: the answer to one from before an abort is nobody's.
    private int generation;

    public HostReader(
        DaqCardOptions options, IDevicePort port, DaqRegisters registers, InterruptCore interrupts, SourceCore loopback, DmaCore dma)
    {
        (this.options, this.port, this.registers) = (options, port, registers);
        (this.interrupts, this.loopback, this.dma) = (interrupts, loopback, dma);
        chunk = new ChunkBuffer(options.ChunkSize, options.HeaderOnly);
        dma.RoomMade = GoOn;
    }

    /// <summary>Read requests sent.</summary>
    public ulong Reads { get; private set; }

    /// <summary>Bytes handed on.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>Transfers that ended by an error.</summary>
    public ulong Failures { get; private set; }

    /// <summary>Starts while a transfer was running, or without anything to read.</summary>
    public ulong StartsRefused { get; private set; }

    // A chunk begins DW-aligned, as every read does.
    private int LongestChunk => options.ChunkSize & ~3;

    /// <summary>H2C_CONTROL was written.</summary>
    /// <param name="written">The bits written as 1.</param>
    public void ControlWritten(uint written)
    {
        if ((written & Abort) != 0) Stop(0);
        if ((written & Start) == 0) return;
        if (running || registers.H2cLength.Value == 0 || LongestChunk == 0)
        {
            Log.Log(Repeated.At(LogLevel.Warn, ++StartsRefused), "H2C_CONTROL.START refused: {Why}.",
                running ? "a transfer is running" : "H2C_LENGTH.BYTES is 0, or CHUNK_SIZE less than a DW");
            interrupts.Raise(Cause.DmaError);
            return;
        }
        running = true;
        registers.H2cStatus.Value = DaqRegisters.H2cBusy;
        address = (ulong)registers.H2cBaseHigh.Value << 32 | registers.H2cBaseLow.Value;
        left = registers.H2cLength.Value;
        BeginChunk();
        GoOn();
    }

    /// <summary>Registers are at their reset values already, or will be.</summary>
    public void Reset() => Stop(0);

    public void ReadCompleted(int cookie, CompletionStatus status, ReadOnlySpan<byte> bytes)
    {
        if (cookie / MaxInFlight != generation) return;
        ref var read = ref reads[cookie % MaxInFlight];
        read.Used = false;
        inFlight--;
        if (status != CompletionStatus.Successful)
        {
            Fail(status == CompletionStatus.UnsupportedRequest ? DmaError.UnsupportedRequest : DmaError.CompleterAbort);
            return;
        }
        if (!options.HeaderOnly) bytes.CopyTo(chunk.Payload[read.Offset..]);
        received += bytes.Length;
        GoOn();
    }

    // Asks for what may be asked for, and hands on a chunk that is whole as soon as there is room.
    private void GoOn()
    {
        // Handing a chunk on may make room in the FIFO, and so come back here.
        while (running && !handingOn)
        {
            Ask();
            if (!running || received < length || dma.Fifo.IsFull) return;
            handingOn = true;
            chunk = loopback.Produce(chunk, length);
            handingOn = false;
            address += (uint)length;
            left -= (uint)length;
            Bytes += (uint)length;
            BeginChunk();
            if (left > 0) continue;
            running = false;
            registers.H2cStatus.Value = DaqRegisters.H2cDone;
        }
    }

    private void BeginChunk()
    {
        length = (int)Math.Min((uint)LongestChunk, left);
        asked = received = 0;
    }

    private void Ask()
    {
        foreach (var (at, bytes) in new TlpSplit(address + (uint)asked, length - asked, port.MaxReadRequestSize))
        {
            if (inFlight == MaxInFlight) return;
            var free = Array.FindIndex(reads, static read => !read.Used);
            reads[free] = (true, asked);
            inFlight++;
            asked += bytes;
            if (!port.ReadHost(at, bytes, this, generation * MaxInFlight + free))
            {
                Fail(DmaError.BusMasterDisabled);
                return;
            }
            Reads++;
        }
    }

    private void Fail(DmaError error)
    {
        Log.Log(Repeated.At(LogLevel.Warn, ++Failures), "H2C_STATUS.ERROR is {Code}, {Error}: reading host memory stopped in the chunk at 0x{Address:X}.",
            (int)error, error, address);
        Stop((uint)error << DaqRegisters.H2cErrorShift);
        interrupts.Raise(Cause.DmaError);
    }

    private void Stop(uint showing)
    {
        running = false;
        generation = (generation + 1) % Generations;
        Array.Clear(reads);
        inFlight = 0;
        registers.H2cStatus.Value = showing;
    }
}
