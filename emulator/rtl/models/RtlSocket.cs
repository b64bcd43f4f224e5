using System.Buffers.Binary;
using System.Text;
using NLog;
using Pcie.Files;
using Pcie.Pci;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>
/// An RTL card in a simulator that listens at a UNIX socket: the functions of <c>rtl_card.h</c> as messages, for simulators that cannot be loaded.
/// The simulator has one card: whoever is made later takes it over, switched on anew.
/// </summary>
/// <remarks>
/// Little-endian. To the simulator: length u32 of what follows, function u8, arguments. From it: length u32, kind u8, and for 0, the end of the call:
/// status i32, cycle u64, value u64; for 1, a request: cycle u64, kind u32, address u64,
/// tag u32, length u32, bytes; for 2, a sentence: level u32, text.
/// </remarks>
public sealed class RtlSocket : IRtlModel
{
    private const int Ok = 0, Idle = 1, Unfinished = 2, Refused = 3, Undecoded = 4, NoSuchPin = -2;
    private const int LongestMessage = 8192, RequestHead = 28, ReturnLength = 20;
    private const uint Abi = 1;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly RtlConnection connection;
    private readonly RtlRequests requests;
    private readonly byte[] outgoing = new byte[LongestMessage], incoming = new byte[LongestMessage];
    private string lastError = "";
    private ulong value;

    /// <param name="connection">To the simulator; several cards take turns on it.</param>
    /// <exception cref="RtlException">Nobody is there, or it is no simulator of this version.</exception>
    public RtlSocket(RtlConnection connection, RtlRequests requests, ulong clockPicoseconds)
    {
        (this.connection, this.requests) = (connection, requests);
        connection.TakeOver(this);
        Begin(Function.Create);
        Put(Abi);
        Put(clockPicoseconds);
        Call();
    }

    private enum Function : byte
    {
        Create,
        Reset,
        Run,
        BarRead,
        BarWrite,
        Answer,
        Pin,
    }

    private enum Said : byte
    {
        Return,
        Request,
        Sentence,
    }

    /// <inheritdoc/>
    public ulong Cycle { get; private set; }

    private int Length { get; set; }

    /// <inheritdoc/>
    public CompletionStatus LastAccess { get; private set; }

    /// <inheritdoc/>
    public void Reset()
    {
        Begin(Function.Reset);
        Call();
    }

    /// <inheritdoc/>
    public bool Run(ulong until)
    {
        Begin(Function.Run);
        Put(until);
        var idle = Call() == Idle;
        return Cycle <= until ? idle : throw Broke($"ran to cycle {Cycle}; it may run to {until}");
    }

    /// <inheritdoc/>
    public bool ReadBar(int bar, uint offset, byte byteEnables, out uint value)
    {
        Begin(Function.BarRead);
        Put((uint)bar);
        Put(offset);
        Put(byteEnables);
        var isDone = Access();
        value = (uint)this.value;
        return isDone;
    }

    /// <inheritdoc/>
    public bool WriteBar(int bar, uint offset, uint value, byte byteEnables)
    {
        Begin(Function.BarWrite);
        Put((uint)bar);
        Put(offset);
        Put(byteEnables);
        Put(value);
        return Access();
    }

    /// <inheritdoc/>
    public void Answer(uint tag, RtlResult result, ReadOnlySpan<byte> bytes)
    {
        Begin(Function.Answer);
        Put(tag);
        Put((uint)result);
        Put(bytes);
        Call();
    }

    /// <inheritdoc/>
    public bool TryReadPin(RtlPin pin, out ulong value)
    {
        var exists = Pin(pin, write: 0, 0);
        value = this.value;
        return exists;
    }

    /// <inheritdoc/>
    public bool TrySetPin(RtlPin pin, ulong value) => Pin(pin, write: 1, value);

    public void Dispose()
    {
        // The connection stays for the next card.
    }

    private bool Pin(RtlPin pin, uint write, ulong set)
    {
        Begin(Function.Pin);
        Put(write);
        Put(set);
        Put(pin.Bytes.AsSpan(..^1));
        return Call() != NoSuchPin;
    }

    // Whether it is done.
    private bool Access()
    {
        var status = Call();
        LastAccess = RtlLibrary.StatusOf(status);
        return status != Unfinished;
    }

    private void Begin(Function function)
    {
        Length = sizeof(uint);
        outgoing[Length++] = (byte)function;
    }

    private void Put(uint number)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(outgoing.AsSpan(Length), number);
        Length += sizeof(uint);
    }

    private void Put(ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(outgoing.AsSpan(Length), number);
        Length += sizeof(ulong);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(outgoing.AsSpan(Length));
        Length += bytes.Length;
    }

    // Sends what has been put together, and takes what comes until the call has ended.
    private int Call()
    {
        BinaryPrimitives.WriteUInt32LittleEndian(outgoing, (uint)(Length - sizeof(uint)));
        connection.Send(this, outgoing.AsSpan(0, Length));
        while (true)
        {
            var message = connection.Receive(incoming);
            if (message.IsEmpty) throw Broke("sent a message without a kind");
            var body = message[1..];
            switch ((Said)message[0])
            {
                case Said.Return when body.Length == ReturnLength:
                    return Returned(body);
                case Said.Request when body.Length >= RequestHead:
                    Asked(body);
                    break;
                case Said.Sentence when body.Length >= sizeof(uint):
                    Spoke(BinaryPrimitives.ReadUInt32LittleEndian(body), Encoding.UTF8.GetString(body[sizeof(uint)..]));
                    break;
                default:
                    throw Broke($"sent a message of kind {message[0]} with {body.Length} bytes; expected kind 0 with {ReturnLength}, 1 or 2");
            }
        }
    }

    private int Returned(ReadOnlySpan<byte> body)
    {
        var status = BinaryPrimitives.ReadInt32LittleEndian(body);
        var reached = BinaryPrimitives.ReadUInt64LittleEndian(body[4..]);
        value = BinaryPrimitives.ReadUInt64LittleEndian(body[12..]);
        if (status is not (Ok or Idle or Unfinished or Refused or Undecoded or NoSuchPin))
            throw new RtlException($"{connection}: failed in "
                + $"cycle {reached}: {(lastError.Length > 0 ? lastError : $"status {status}, and not why")}.");
        if (reached < Cycle) throw Broke($"went back to cycle {reached}; it had run to {Cycle}");
        Cycle = reached;
        return status;
    }

    private void Asked(ReadOnlySpan<byte> body)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(body[24..]);
        var request = new RtlRequest(BinaryPrimitives.ReadUInt64LittleEndian(body),
            (RtlRequestKind)BinaryPrimitives.ReadUInt32LittleEndian(body[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(body[12..]), (int)Math.Min(length, int.MaxValue),
                BinaryPrimitives.ReadUInt32LittleEndian(body[20..]));
        var bytes = body[RequestHead..];
        if (request.HasBytes && bytes.Length != request.Length)
            throw Broke($"asked for a {(request.Kind == RtlRequestKind.Write ? "write" : "stream")} of {length} bytes, and sent {bytes.Length}");
        requests.Add(request, bytes);
    }

    private void Spoke(uint level, string text)
    {
        var sentence = PrintableText.Of(text).TrimEnd();
        if (level >= 2) lastError = sentence.TrimEnd('.');
        Log.Log(level switch { 0 => LogLevel.Info, 1 => LogLevel.Warn, _ => LogLevel.Error }, "{0}: {1}", connection, sentence);
    }

    private RtlException Broke(string what) => new($"{connection}: the simulator {what}. It is not spoken to any more.");
}
