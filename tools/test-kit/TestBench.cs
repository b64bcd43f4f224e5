using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.Pci.Memory;
using Pcie.Pci.Messages;
using Pcie.Time;

namespace Pcie.TestKit;

/// <summary>
/// A host without driver or kernel, for tests at the level of registers: it does one thing after the other, each a line of a test plan, and stops
/// at the first that the device does otherwise.
/// <code>
/// bench.Enumerate();
/// bench.EnableMessages(MessageKind.Msi, 1);
/// bench.Write("INT_ENABLE.TEST", 1);
/// bench.Write("INT_TEST.TEST", 1);
/// bench.ExpectMessage(0, within: Duration.FromMicroseconds(10));
/// bench.Expect("INT_CAUSE.TEST", 1);
/// </code>
/// Works over any link. Free-running, every time is simulated: the same plan on the same device is the same run, on any machine.
/// </summary>
public sealed class TestBench : ITlpReceiver, IDisposable
{
    private const byte FirstVector = 0x40;

    private readonly ILinkTransport transport;
    private readonly TestBenchOptions options;
    private readonly Timeline timeline = new();
    private readonly HostSession session;
    private readonly Requester requester;
    private readonly TransactionLog log;
    private readonly Queue<Message> messages = new();
    private readonly List<string> leftOut = [];
    private string step = "";

    /// <param name="transport">The host's end of a link that is up; belongs to the bench from then on.</param>
    /// <param name="registers">The device's registers, for access by name; null for none.</param>
    public TestBench(ILinkTransport transport, RegisterMap? registers = null, TestBenchOptions? options = null)
    {
        this.transport = transport;
        Memory = new HostMemory(transport.Memory);
        this.options = options ?? new TestBenchOptions();
        Registers = registers ?? RegisterMap.Empty;
        session = new HostSession(timeline, transport, new LinkSessionOptions(this.options.Pacing, this.options.Latency)) { Receiver = this };
        requester = new Requester(timeline, session, CompletionTimeout);
        log = new TransactionLog(this.options.TransactionsShown, NameOf);
        Config = new ConfigSpace(this);
    }

    public ConfigSpace Config { get; }

    /// <summary>What names mean.</summary>
    public RegisterMap Registers { get; set; }

    /// <summary>What the device can reach. Nothing else decodes.</summary>
    public HostMemory Memory { get; }

    /// <summary>Found and placed by <see cref="Enumerate"/>, in order.</summary>
    public IReadOnlyList<Bar> Bars { get; private set; } = [];

    /// <summary>Numbers of the BARs of I/O space, which <see cref="Enumerate"/> finds and leaves alone: PCI Express asks for none.</summary>
    public IReadOnlyList<int> IoBars { get; private set; } = [];

    /// <summary>What the plan has said that it did not try.</summary>
    public IReadOnlyList<string> LeftOut => leftOut;

    public SimTime Now => timeline.Now;

    /// <summary>Requests that the device made since the bench began: writes, reads and messages.</summary>
    public long DeviceRequests { get; private set; }

    /// <summary>Whether the link tells of the device's interrupt line at all.</summary>
    public bool CarriesInterruptLine => transport.CarriesInterruptLine;

    /// <summary>Whether the device asserts its interrupt line.</summary>
    public bool IsLineAsserted { get; private set; }

    /// <summary>Completions that nobody waited for.</summary>
    public long UnexpectedCompletions => requester.UnexpectedCompletions;

    /// <summary>Called when a message arrives, before anything after it does: what is in memory now was there when the processor was told.</summary>
    public event Action<Message>? MessageArrived;

    /// <summary>Says what the plan is about to show; a failure names it.</summary>
    public void Step(string text) => step = text;

    /// <summary>Says what the plan does not try, and why; a report names it, so that "passed" says no more than it means.</summary>
    public void NotTried(string what) => leftOut.Add(what);

    /// <summary>
    /// Sizes the BARs and places them, 64-bit ones above 4 GiB, each with a gap behind it; then switches decoding and bus mastering on.
    /// </summary>
    /// <exception cref="ExpectationFailedException">A BAR is malformed.</exception>
    public void Enumerate(uint command = ConfigLayout.MemorySpace | ConfigLayout.BusMaster)
    {
        if (Bars.Count == 0) (Bars, IoBars) = BarPlacement.Of(this);
        foreach (var bar in Bars) Place(bar);
        Config.Write(ConfigLayout.Command, command, 2);
    }

    /// <summary>Writes a BAR's address; also one other than it had, for a test of relocation.</summary>
    public void Place(Bar bar)
    {
        Config.Write(ConfigLayout.Bar0 + 4 * bar.Number, (uint)bar.Address);
        if (bar.Is64Bit) Config.Write(ConfigLayout.Bar0 + 4 * bar.Number + 4, (uint)(bar.Address >> 32));
    }

    /// <summary>Enables messages, unmasked: message n writes a number that only it has.</summary>
    /// <param name="count">Granted: with MSI a power of two.</param>
    /// <exception cref="NotApplicableException">The device has no such capability, or fewer messages.</exception>
    public void EnableMessages(MessageKind kind, int count) => MessageProgramming.Enable(this, kind, count, FirstVector);

    /// <summary>Reads 1, 2, 4 or 8 bytes of device memory.</summary>
    public Answer ReadMemory(ulong address, int bytes) => Request(Tlp.Request(TlpKind.MemoryRead, address, bytes), default);

    /// <summary>Writes 1, 2, 4 or 8 bytes of device memory: posted, nobody answers.</summary>
    public void WriteMemory(ulong address, ulong value, int bytes) =>
        Post(Tlp.Request(TlpKind.MemoryWrite, address, bytes), Payload((long)address, value, bytes));

    /// <summary>Reads a register, or a field of one, as in <c>INT_CAUSE</c> and <c>INT_CAUSE.TEST</c>.</summary>
    /// <exception cref="ExpectationFailedException">The read is not successful.</exception>
    public uint Read(string name)
    {
        var place = Registers[name];
        var answer = ReadMemory(AddressOf(place), place.Bytes);
        return answer.IsSuccessful ? place.Of((uint)answer.Value)
            : throw Failed($"{name} at BAR {place.Bar} + 0x{place.Offset:X}: expected a successful read, got {Describe(answer.Outcome)}");
    }

    /// <summary>
    /// Writes a register, or a field of one. Of the register's other fields those that keep what is written are read first and written back; the
    /// others are written as zero, which is no order to them.
    /// </summary>
    public void Write(string name, uint value)
    {
        var place = Registers[name];
        var kept = place.KeptBeside == 0 ? 0 : (uint)ReadMemory(AddressOf(place), place.Bytes).Value & place.KeptBeside;
        WriteMemory(AddressOf(place), kept | place.At(value), place.Bytes);
    }

    /// <summary>Sends any non-posted request, a malformed one included, and waits for its end.</summary>
    public Answer Request(in Tlp request, ReadOnlySpan<byte> payload)
    {
        var pending = Begin(request, payload);
        return Await(pending);
    }

    /// <summary>Sends any non-posted request and does not wait: several are in flight at once.</summary>
    public PendingAnswer Begin(in Tlp request, ReadOnlySpan<byte> payload)
    {
        ThrowIfDown();
        var pending = new PendingAnswer(request);
        log.Add(Now, true, request with { Tag = requester.NextTag }, payload);
        if (!requester.TrySend(request, payload, pending, 0))
            throw new InvalidOperationException($"{Requester.MaxOutstanding} requests are in flight already.");
        return pending;
    }

    /// <summary>Waits for the end of a request that was begun.</summary>
    public Answer Await(PendingAnswer pending)
    {
        session.Run(Now + CompletionTimeout + CompletionTimeout, () => pending.Answer is not null, CancellationToken.None);
        ThrowIfDown();
        return pending.Answer!.Value;
    }

    /// <summary>Sends any posted write, a malformed one included.</summary>
    public void Post(in Tlp write, ReadOnlySpan<byte> payload)
    {
        ThrowIfDown();
        log.Add(Now, true, write, payload);
        session.Send(write, payload);
    }

    /// <summary>Lets time pass.</summary>
    public void Wait(Duration time)
    {
        var until = Now + time;
        session.Run(until, CancellationToken.None);
        ThrowIfDown();
        timeline.AdvanceTo(until);
    }

    /// <summary>Takes the next message, which comes within a time. Messages are taken in the order in which they came.</summary>
    /// <returns>It.</returns>
    /// <exception cref="ExpectationFailedException">None comes.</exception>
    public Message NextMessage(Duration within)
    {
        within = Patient(within);
        return MessageWithin(within) ?? throw Failed($"expected a message within {within}, none came");
    }

    /// <summary>Takes the next message, if one comes within a time.</summary>
    /// <returns>It; null if none came.</returns>
    public Message? MessageWithin(Duration time)
    {
        var until = Now + time;
        session.Run(until, () => messages.Count > 0, CancellationToken.None);
        ThrowIfDown();
        if (messages.TryDequeue(out var message)) return message;
        timeline.AdvanceTo(until);
        return null;
    }

    /// <summary>The next message comes within a time, and is this one.</summary>
    /// <exception cref="ExpectationFailedException">None comes, or another.</exception>
    public Message ExpectMessage(int number, Duration within)
    {
        var message = NextMessage(within);
        return message.Number == number ? message
            : throw Failed($"expected message {number}, got message {message.Number} (data 0x{message.Data:X}) at {message.At}");
    }

    /// <summary>No message comes for a time, and none has come that was not taken.</summary>
    /// <exception cref="ExpectationFailedException">One has.</exception>
    public void ExpectNoMessage(Duration during)
    {
        Wait(during);
        if (messages.TryPeek(out var message))
            throw Failed($"expected no message, got message {message.Number} (data 0x{message.Data:X}) at {message.At}");
    }

    /// <summary>The device's interrupt line is asserted within a time, or deasserted.</summary>
    /// <exception cref="ExpectationFailedException">It stays as it was.</exception>
    public void ExpectLine(bool asserted, Duration within)
    {
        within = Patient(within);
        session.Run(Now + within, () => IsLineAsserted == asserted, CancellationToken.None);
        ThrowIfDown();
        if (IsLineAsserted != asserted)
            throw Failed($"expected the interrupt line to be {(asserted ? "asserted" : "deasserted")} within {within}, it is not");
    }

    /// <summary>The device makes no request at all for a time: no write, no read, no message.</summary>
    /// <exception cref="ExpectationFailedException">It does.</exception>
    public void ExpectSilence(Duration during)
    {
        var before = DeviceRequests;
        Wait(during);
        if (DeviceRequests != before) throw Failed($"expected no request of the device for {during}, saw {DeviceRequests - before}");
    }

    /// <summary>A register or field reads so.</summary>
    /// <exception cref="ExpectationFailedException">It reads otherwise.</exception>
    public void Expect(string name, uint expected)
    {
        var read = Read(name);
        if (read != expected) throw Failed($"{name}: expected 0x{expected:X}, read 0x{read:X}");
    }

    /// <summary>A register or field comes to read so within a time; it is read ten times until then.</summary>
    /// <exception cref="ExpectationFailedException">It reads otherwise to the end.</exception>
    public void Expect(string name, uint expected, Duration within)
    {
        const int Looks = 10;
        within = Patient(within);
        for (var look = 0; ; look++)
        {
            var read = Read(name);
            if (read == expected) return;
            if (look == Looks) throw Failed($"{name}: expected 0x{expected:X} within {within}, still reads 0x{read:X}");
            Wait(new Duration(Math.Max(1, within.Nanoseconds / Looks)));
        }
    }

    /// <summary>Host memory holds these bytes.</summary>
    /// <exception cref="ExpectationFailedException">It holds others; the text says where the first of them is.</exception>
    public void ExpectMemory(HostBuffer buffer, int offset, ReadOnlySpan<byte> expected)
    {
        var seen = buffer.Span.Slice(offset, expected.Length);
        var same = seen.CommonPrefixLength(expected);
        if (same < expected.Length)
            throw Failed($"host memory 0x{buffer.Address + (ulong)(offset + same):X}: expected 0x{expected[same]:X2}, holds 0x{seen[same]:X2}");
    }

    /// <summary>A read ends so.</summary>
    /// <exception cref="ExpectationFailedException">It ends otherwise.</exception>
    public void ExpectOutcome(RequestOutcome expected, ulong address, int bytes)
    {
        var answer = ReadMemory(address, bytes);
        if (answer.Outcome != expected)
            throw Failed($"read of {bytes} bytes at 0x{address:X}: expected {Describe(expected)}, got {Describe(answer.Outcome)}"
                + (answer.IsSuccessful ? $" with 0x{answer.Value:X}" : ""));
    }

    /// <summary>What the plan found out holds.</summary>
    /// <exception cref="ExpectationFailedException">It does not.</exception>
    public void Expect(bool holds, string otherwise)
    {
        if (!holds) throw Failed(otherwise);
    }

    /// <summary>The failure of an expectation, with step, time and transactions.</summary>
    public ExpectationFailedException Failed(string expectation)
    {
        var context = new StringBuilder();
        if (step.Length > 0) context.Append(CultureInfo.InvariantCulture, $"  step: {step}\n");
        context.Append(CultureInfo.InvariantCulture,
            $"  at {Now}, {messages.Count} messages not taken, {UnexpectedCompletions} unexpected completions\n");
        log.AppendTo(context);
        return new ExpectationFailedException(expectation, context.ToString());
    }

    /// <summary>Where a register is on the bus.</summary>
    /// <exception cref="NotApplicableException">The device has no such BAR, or is not enumerated.</exception>
    public ulong AddressOf(RegisterPlace place) => BarOf(place.Bar).Address + place.Offset;

    /// <summary>The BAR of a number.</summary>
    /// <exception cref="NotApplicableException">The device has no such BAR, or is not enumerated.</exception>
    public Bar BarOf(int number) => Bars.Where(bar => bar.Number == number).Select(bar => (Bar?)bar).FirstOrDefault()
        ?? throw new NotApplicableException($"the function has no BAR {number}");

    /// <summary>Detaches.</summary>
    public void Dispose()
    {
        transport.Close(new LinkDown(LinkDownReason.Detached, "The test is over."));
        transport.Dispose();
    }

    void ITlpReceiver.Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        log.Add(Now, false, tlp, payload);
        if (tlp.Kind == TlpKind.Completion)
        {
            requester.Complete(tlp, payload);
            return;
        }
        if (tlp.Kind == TlpKind.Message)
        {
            IsLineAsserted = (MessageCode)tlp.Address == MessageCode.AssertIntA;
            return;
        }
        DeviceRequests++;
        switch (tlp.Kind)
        {
            case TlpKind.MemoryWrite when MsiAddress.IsMessage(tlp.Address):
                var data = BinaryPrimitives.ReadUInt32LittleEndian(payload);
                var message = new Message((int)data - FirstVector, data, Now);
                messages.Enqueue(message);
                MessageArrived?.Invoke(message);
                break;
            case TlpKind.MemoryWrite:
                Memory.Write(tlp, payload);
                break;
            case TlpKind.MemoryRead:
                var found = Memory.TryRead(tlp, out var bytes);
                session.Send(Tlp.CompletionOf(tlp, found ? CompletionStatus.Successful : CompletionStatus.UnsupportedRequest), bytes);
                break;
            default:
                session.Send(Tlp.CompletionOf(tlp, CompletionStatus.UnsupportedRequest), default);
                break;
        }
    }

    void ITlpReceiver.LinkWentDown(LinkDown down) => requester.FailAll(RequestOutcome.LinkDown);

    /// <summary>For a person.</summary>
    internal string Describe(RequestOutcome outcome) => outcome switch
    {
        RequestOutcome.Successful => "a successful completion",
        RequestOutcome.UnsupportedRequest => "unsupported request",
        RequestOutcome.CompleterAbort => "completer abort",
        RequestOutcome.TimedOut => $"no completion within {CompletionTimeout}",
        _ => "the end of the link",
    };

    /// <summary>The DWs that carry so many bytes to an address.</summary>
    internal static byte[] Payload(long address, ulong value, int bytes)
    {
        var lead = (int)(address & 3);
        var payload = new byte[(lead + bytes + 3) & ~3];
        for (var i = 0; i < bytes; i++) payload[lead + i] = (byte)(value >> 8 * i);
        return payload;
    }

    /// <summary>What a request of the host is about, for a person; null if it has no name.</summary>
    private string? NameOf(in Tlp request)
    {
        if (request.Kind is TlpKind.ConfigRead or TlpKind.ConfigWrite) return null;
        foreach (var bar in Bars)
            if (request.Address - bar.Address < bar.Size) return Registers.NameOf(bar.Number, (uint)(request.Address - bar.Address));
        return null;
    }

    private void ThrowIfDown()
    {
        if (session.Down is { } down) throw Failed($"the device left the link: {down.Message}");
    }

    private Duration CompletionTimeout => Patient(options.CompletionTimeout);

    private Duration Patient(Duration within) => options.Pacing == Pacing.WallClock && within < options.Patience ? options.Patience : within;
}
