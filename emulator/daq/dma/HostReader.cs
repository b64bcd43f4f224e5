using NLog;
using Pcie.Emulator.Device;
using Pcie.Emulator.Dma;
using Pcie.Logging;

namespace Pcie.Emulator.Daq.Dma;

/// <summary>
/// The other direction, looped back: reads a buffer of host memory and hands it on in chunks, as the source hands on its own. A chunk that is
/// read waits for room in the FIFO: what comes from here never overflows it.
/// </summary>
/// <remarks>Allocates nothing after construction, unless something goes wrong.</remarks>
internal sealed class HostReader
{
    /// <summary>H2C_CONTROL: begin.</summary>
    private const uint Start = 1 << 0;

    /// <summary>H2C_CONTROL: stop where it is.</summary>
    private const uint Abort = 1 << 1;

    private const int MaxInFlight = 8;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly DaqCardOptions options;
    private readonly DaqRegisters registers;
    private readonly InterruptCore interrupts;
    private readonly SourceCore loopback;
    private readonly DmaCore dma;
    private readonly HostTransfer transfer;
    private ChunkBuffer chunk;
    private ulong address;
    private uint left;

    // Of the chunk being read: its bytes, and whether all are here.
    private int length;
    private bool isWhole;

    public HostReader(
        DaqCardOptions options, IDevicePort port, DaqRegisters registers, InterruptCore interrupts, SourceCore loopback, DmaCore dma)
    {
        (this.options, this.registers, this.interrupts, this.loopback, this.dma) = (options, registers, interrupts, loopback, dma);
        transfer = new HostTransfer(port, ChunkEnded, MaxInFlight);
        chunk = new ChunkBuffer(options.ChunkSize, options.HeaderOnly);
        dma.RoomMade = HandOn;
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

    private bool IsRunning => registers.H2cStatus.Value == DaqRegisters.H2cBusy;

    /// <summary>H2C_CONTROL was written.</summary>
    /// <param name="written">The bits written as 1.</param>
    public void ControlWritten(uint written)
    {
        if ((written & Abort) != 0) Stop(0);
        if ((written & Start) == 0) return;
        if (IsRunning || registers.H2cLength.Value == 0 || LongestChunk == 0)
        {
            Log.Log(Repeated.At(LogLevel.Warn, ++StartsRefused), "H2C_CONTROL.START refused: {Why}.",
                IsRunning ? "a transfer is running" : "H2C_LENGTH.BYTES is 0, or CHUNK_SIZE less than a DW");
            interrupts.Raise(Cause.DmaError);
            return;
        }
        registers.H2cStatus.Value = DaqRegisters.H2cBusy;
        (address, left) = (registers.H2cBase.Value, registers.H2cLength.Value);
        ReadChunk();
    }

    /// <summary>Registers are at their reset values already, or will be.</summary>
    public void Reset() => Stop(0);

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
        HandOn();
    }

    // As soon as there is room; the next one is read meanwhile.
    private void HandOn()
    {
        if (!isWhole || dma.Fifo.IsFull) return;
        // Handing it on may make room in the FIFO, and so come back here.
        isWhole = false;
        chunk = loopback.Produce(chunk, length);
        address += (uint)length;
        left -= (uint)length;
        Bytes += (uint)length;
        if (left > 0) ReadChunk();
        else registers.H2cStatus.Value = DaqRegisters.H2cDone;
    }

    private void Fail(DmaError error)
    {
        Log.Log(Repeated.At(LogLevel.Warn, ++Failures),
            "H2C_STATUS.ERROR is {Code}, {Error}: reading host memory stopped in the chunk at 0x{Address:X}.",
            (int)error, error, address);
        Stop((uint)error << DaqRegisters.H2cErrorShift);
        interrupts.Raise(Cause.DmaError);
    }

    private void Stop(uint showing)
    {
        transfer.Stop();
        isWhole = false;
        registers.H2cStatus.Value = showing;
    }
}
