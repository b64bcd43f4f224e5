using NLog;
using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Logging;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.HostToCard;

/// <summary>
/// The other direction, looped back: reads a buffer of host memory and hands it on in chunks, as the source hands on its own. A chunk that is
/// read waits for room in the FIFO: what comes from here never overflows it.
/// </summary>
/// <remarks>Allocates nothing after construction, unless something goes wrong.</remarks>
internal sealed class H2cEngine
{
    /// <summary>H2C_CONTROL: begin.</summary>
    private const uint Start = 1 << 0;

    /// <summary>H2C_CONTROL: stop where it is.</summary>
    private const uint Abort = 1 << 1;

    // H2C_STATUS.
    private const uint Busy = 1 << 0, Done = 1 << 1;
    private const int ErrorShift = 8;

    private const int MaxInFlight = 8;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly DaqCardOptions options;
    private readonly InterruptCore interrupts;
    private readonly ChunkStream loopback;
    private readonly ChunkFifo fifo;
    private readonly HostTransfer transfer;
    private readonly Register status, bytesAsked;
    private readonly RegisterPair memory;
    private ChunkBuffer chunk;
    private ulong address;
    private uint left;

    // Of the chunk being read: its bytes, and whether all are here.
    private int length;
    private bool isWhole;

    /// <param name="set">The registers of the other direction are declared in it.</param>
    /// <param name="loopback">What is read goes on in it.</param>
    /// <param name="dma">Takes the chunks of the stream, as long as its FIFO has room.</param>
    public H2cEngine(DaqCardOptions options, IDevicePort port, RegisterSet set, InterruptCore interrupts, ChunkStream loopback, DmaCore dma)
    {
        (this.options, this.interrupts, this.loopback, fifo) = (options, interrupts, loopback, dma.Fifo);
        transfer = new HostTransfer(port, ChunkEnded, MaxInFlight);
        chunk = loopback.NewBuffer();
        dma.RoomMade += DeliverReady;
        set.Declare("H2C_CONTROL", 0x1C0, "Starts and stops the reading of host memory, which comes back as chunks")
            .Flag(0, "START", WO, "reads H2C_LENGTH bytes from H2C_BASE on; refused while BUSY, or if that is nothing")
            .Flag(1, "ABORT", WO, "stops; what was read of a chunk is forgotten, and answers under way are ignored")
            .Reserved(2, 30)
            .OnWrite(write => ControlWritten(write.Ones));
        status = set.Declare("H2C_STATUS", 0x1C4, "What became of it")
            .Flag(0, "BUSY", RO, "host memory is being read, or waits for room in the FIFO")
            .Flag(1, "DONE", RO, "everything has been handed on")
            .Reserved(2, 6)
            .Field(8, 8, "ERROR", RO, "why it stopped: 0 it has not, 6 unsupported request, 7 completer abort, 8 bus mastering off")
            .Reserved(16, 16);
        memory = set.Declare(RegisterPair.Address("H2C_BASE", 0x1C8, "Bus address to read from"));
        bytesAsked = set.Declare("H2C_LENGTH", 0x1D0, "How much to read")
            .Field(0, 2, "ALIGNMENT", RO, "zero: whole DWs")
            .Field(2, 30, "BYTES", RW, "bytes, in steps of 4; they come back in chunks of CHUNK_SIZE, rounded down to a DW");
    }

    /// <summary>Read requests sent.</summary>
    public ulong Reads => transfer.ReadRequests;

    /// <summary>Bytes handed on.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>Transfers that ended by an error.</summary>
    public ulong Failures { get; private set; }

    /// <summary>Starts while a transfer was running, or without anything to read.</summary>
    public ulong StartsRefused { get; private set; }

    // A chunk begins DW-aligned, as every read does.
    private int LongestChunk => options.ChunkSize & ~3;

    private bool IsRunning => status.Value == Busy;

    public void Reset() => Stop(0);

    private void ControlWritten(uint written)
    {
        if ((written & Abort) != 0) Stop(0);
        if ((written & Start) == 0) return;
        if (IsRunning || bytesAsked.Value == 0 || LongestChunk == 0)
        {
            Log.Log(Repeated.At(LogLevel.Warn, ++StartsRefused), "H2C_CONTROL.START refused: {Why}.",
                IsRunning ? "a transfer is running" : "H2C_LENGTH.BYTES is 0, or CHUNK_SIZE less than a DW");
            interrupts.Raise(Cause.DmaError);
            return;
        }
        status.Value = Busy;
        (address, left) = (memory.Value, bytesAsked.Value);
        ReadChunk();
    }

    private void ReadChunk()
    {
        length = (int)Math.Min((uint)LongestChunk, left);
        transfer.Read(address, length, chunk.Payload);
    }

    private void ChunkEnded(TransferOutcome outcome)
    {
        if (outcome != TransferOutcome.Done)
        {
            Fail(DmaErrors.Of(outcome));
            return;
        }
        isWhole = true;
        DeliverReady();
    }

    // A whole chunk goes on as soon as there is room; the next one is read meanwhile.
    private void DeliverReady()
    {
        if (!isWhole || fifo.IsFull) return;
        // Producing the chunk may make room in the FIFO, and so come back here.
        isWhole = false;
        chunk = loopback.Produce(chunk, length);
        address += (uint)length;
        left -= (uint)length;
        Bytes += (uint)length;
        if (left > 0) ReadChunk();
        else status.Value = Done;
    }

    private void Fail(DmaError error)
    {
        Log.Log(Repeated.At(LogLevel.Warn, ++Failures),
            "H2C_STATUS.ERROR is {Code}, {Error}: reading host memory stopped in the chunk at 0x{Address:X}.",
            (int)error, error, address);
        Stop((uint)error << ErrorShift);
        interrupts.Raise(Cause.DmaError);
    }

    private void Stop(uint showing)
    {
        transfer.Stop();
        isWhole = false;
        status.Value = showing;
    }
}
