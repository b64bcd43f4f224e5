using Pcie.Foreign;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.Pci.Memory;
using Pcie.Time;

namespace Pcie.Vfio.Tests;

/// <summary>
/// By the wall clock the host's own thread makes the accesses of a function that waits for nothing, and waits for what it does by itself.
/// </summary>
public sealed class WaitingFunctionTests : ITlpReceiver, IRequestCompleter, IDisposable
{
    private const ulong Bar = 0xE000_0000;

    private readonly FakeFunction function = new();
    private readonly Timeline timeline = new();
    private readonly ForeignLink link;
    private readonly HostSession session;
    private readonly Requester requester;
    private readonly List<(ulong Address, byte Data)> writes = [];
    private (RequestOutcome Outcome, uint Value)? answer;
    private LinkDown? down;

    public WaitingFunctionTests()
    {
        var options = new LinkSessionOptions(Pacing.WallClock, LatencyRange.Default);
        link = ForeignLink.OpenWaiting("fake", options, function.At);
        session = new HostSession(timeline, link, options) { Receiver = this };
        requester = new Requester(timeline, session, Duration.FromSeconds(5));
    }

    public void Dispose() => link.Dispose();

    [Fact]
    public void ARegisterIsReadOnTheThreadOfTheHostsEngine()
    {
        Place();

        Assert.Equal((RequestOutcome.Successful, 0xCAFEu), Ask(Tlp.Request(TlpKind.MemoryRead, Bar + 8, 4)));
        Assert.Equal(Environment.CurrentManagedThreadId, function.ReadBy);
    }

    [Fact]
    public void WithMemorySpaceOffTheFunctionIsNotTouchedAndTheAnswerIsUnsupportedRequest()
    {
        Place();
        Ask(Tlp.Request(TlpKind.ConfigWrite, ConfigLayout.Command, 2), 0);

        Assert.Equal(RequestOutcome.UnsupportedRequest, Ask(Tlp.Request(TlpKind.MemoryRead, Bar + 8, 4)).Outcome);
        Assert.Equal(0, function.ReadBy);
    }

    [Fact]
    public void AMessageEndsTheWaitAndArrivesAsTheWriteThatItIs()
    {
        Place();
        using var sending = new Timer(_ => function.Raise(0xFEE0_1000, 0x31), null, 20, Timeout.Infinite);

        session.Run(timeline.Now + Duration.FromSeconds(30), () => writes.Count > 0, TestContext.Current.CancellationToken);

        Assert.Equal([(0xFEE0_1000UL, (byte)0x31)], writes);
        Assert.Equal(1, link.Messages);
    }

    [Fact]
    public void MemoryComesFromTheFunctionAtTheAddressThatTheHostGives()
    {
        var memory = new HostMemory(link.Memory);

        var buffer = memory.Allocate(5000);
        buffer.Span[4999] = 7;

        Assert.Equal((buffer.Address, 5000), (function.Provided[0].Address, function.Provided[0].Bytes.Length));
        Assert.Equal(7, function.Provided[0].Bytes[4999]);
    }

    [Fact]
    public void AFunctionThatIsGoneEndsTheLinkWithItsWords()
    {
        Place();
        function.IsGone = true;

        Ask(Tlp.Request(TlpKind.MemoryRead, Bar + 8, 4));
        session.Run(timeline.Now + Duration.FromSeconds(30), () => down is not null, TestContext.Current.CancellationToken);

        Assert.Equal((LinkDownReason.PeerGone, FakeFunction.Gone), (down!.Reason, down.Message));
    }

    void ITlpReceiver.Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.Completion) requester.Complete(tlp, payload);
        else writes.Add((tlp.Address, payload[0]));
    }

    void ITlpReceiver.LinkWentDown(LinkDown why)
    {
        down = why;
        requester.FailAll(RequestOutcome.LinkDown);
    }

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes) =>
        answer = (outcome, bytes.Length >= 4 ? BitConverter.ToUInt32(bytes) : 0);

    private void Place()
    {
        Ask(Tlp.Request(TlpKind.ConfigWrite, ConfigLayout.Bar0, 4), (uint)Bar);
        Ask(Tlp.Request(TlpKind.ConfigWrite, ConfigLayout.Command, 2), ConfigLayout.MemorySpace | ConfigLayout.BusMaster);
        function.ReadBy = 0;
    }

    private (RequestOutcome Outcome, uint Value) Ask(Tlp request, uint value = 0)
    {
        answer = null;
        requester.TrySend(request, request.HasPayload ? BitConverter.GetBytes(value) : default, this, 0);
        session.Run(timeline.Now + Duration.FromSeconds(30), () => answer is not null, TestContext.Current.CancellationToken);
        return answer!.Value;
    }

    // 4 KiB in BAR 0, of which each register reads 0xCAFE.
    private sealed class FakeFunction : IWaitingFunction, IHostMemoryBacking
    {
        public const string Gone = "The fake is gone. Attach again.";

        private readonly byte[] config = new byte[256];
        private readonly SemaphoreSlim woken = new(0);
        private readonly Queue<(ulong, uint)> raised = new();
        private ForeignPort? port;

        public int ReadBy { get; set; }

        public bool IsGone { get; set; }

        public List<(ulong Address, byte[] Bytes)> Provided { get; } = [];

        public IHostMemoryBacking Memory => this;

        public FakeFunction At(ForeignPort at)
        {
            port = at;
            return this;
        }

        public ValueTask<ulong> ReadAsync(ForeignAccess access)
        {
            if (IsGone) throw new IOException(Gone);
            if (access.IsConfig) return new(BitConverter.ToUInt32(config, (int)access.Offset));
            ReadBy = Environment.CurrentManagedThreadId;
            return new(0xCAFEUL);
        }

        public ValueTask WriteAsync(ForeignAccess access, ulong value)
        {
            if (!access.IsConfig) return ValueTask.CompletedTask;
            var writable = access.Offset switch { ConfigLayout.Bar0 => 0xFFFF_F000, ConfigLayout.Command => 6u, _ => 0u };
            for (var i = 0; i < access.Bytes; i++) config[(int)access.Offset + i] = (byte)((value & writable) >> 8 * i);
            return ValueTask.CompletedTask;
        }

        public void Wait(TimeSpan timeout)
        {
            if (woken.Wait(timeout) && raised.TryDequeue(out var message)) port!.SendMessage(message.Item1, message.Item2);
        }

        public void Wake() => woken.Release();

        public void Raise(ulong address, uint data)
        {
            raised.Enqueue((address, data));
            woken.Release();
        }

        public Memory<byte> Provide(ulong address, int length)
        {
            Provided.Add((address, new byte[length]));
            return Provided[^1].Bytes;
        }

        public void Dispose()
        {
            // Holds nothing.
        }
    }
}
