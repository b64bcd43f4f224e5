using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Function;

/// <summary>
/// What the device sends upstream, and what comes back. PCI Express Base Specification 7.5.1.1.3 (Bus Master Enable), 2.3.2 (handling of
/// completions).
/// </summary>
public sealed class BusMasterTests : IRequestCompleter
{
    private readonly FakeDevice device = new();
    private readonly FakeHost host;
    private readonly List<(int Cookie, RequestOutcome Outcome, byte[] Bytes)> completed = [];

    public BusMasterTests() => host = new FakeHost(device).Enable();

    [Fact]
    public void AWriteOfHostMemoryIsOnePostedWrite()
    {
        Assert.True(host.Port.WriteHost(0x1_0000_0010, [1, 2, 3, 4, 5, 6, 7, 8]));
        var (tlp, payload) = Assert.Single(host.Sent);
        Assert.Equal((TlpKind.MemoryWrite, 0x1_0000_0010ul, 8), (tlp.Kind, tlp.Address, tlp.Length));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], payload);
    }

    [Fact]
    public void WithoutBusMasterEnableNothingIsSentAndItIsCounted()
    {
        host.BusMaster(false);
        Assert.False(host.Port.WriteHost(0x1000, new byte[4]));
        Assert.False(host.Port.ReadHost(0x1000, 4, this, 0));
        Assert.Empty(host.Sent);
        Assert.Equal(2ul, host.Function.Counters.BusMasterDisabled);
    }

    // Bus Master Enable governs requests: what answers one that is under way is taken.
    [Fact]
    public void AReadThatIsUnderWayWhenBusMasterEnableIsClearedIsAnswered()
    {
        Assert.True(host.Port.ReadHost(0x2000, 4, this, 5));
        host.BusMaster(false);
        host.Function.Receive(Tlp.CompletionOf(host.Sent[0].Tlp, CompletionStatus.Successful), new byte[4]);
        Assert.Equal((5, RequestOutcome.Successful), (Assert.Single(completed).Cookie, completed[0].Outcome));
    }

    // 7.5.1.1.4: Received Master Abort, Received Target Abort.
    [Theory]
    [InlineData(CompletionStatus.Successful, 0u)]
    [InlineData(CompletionStatus.UnsupportedRequest, (uint)StatusError.ReceivedMasterAbort)]
    [InlineData(CompletionStatus.CompleterAbort, (uint)StatusError.ReceivedTargetAbort)]
    public void AReadIsAnsweredWithItsCookieAndTheErrorIsRecorded(CompletionStatus status, uint error)
    {
        Assert.True(host.Port.ReadHost(0x2000, 8, this, 42));
        var bytes = new byte[] { 9, 8, 7, 6, 5, 4, 3, 2 };
        var answer = Tlp.CompletionOf(Assert.Single(host.Sent).Tlp, status);
        host.Function.Receive(answer, answer.HasPayload ? bytes : []);
        var (cookie, got, data) = Assert.Single(completed);
        Assert.Equal((42, (RequestOutcome)status), (cookie, got));
        Assert.Equal(status == CompletionStatus.Successful ? bytes : [], data);
        Assert.Equal(error, host.ConfigRead(ConfigOffset.CommandStatus) & 0x38000000);
    }

    // 2.8: completion timeout.
    [Fact]
    public void AReadWithoutAnswerEndsWhenItsTimeIsOver()
    {
        host.Port.ReadHost(0x2000, 4, this, 1);
        host.RunFor(Duration.FromMilliseconds(20));
        Assert.Equal(RequestOutcome.TimedOut, Assert.Single(completed).Outcome);
        Assert.Equal(1, host.Function.Requester.TimedOut);
    }

    // What a bus would carry as 64 packets, and answer as many times.
    [Fact]
    [Divergence("Bursts")]
    public void ABurstIsOnePacketOnTheLinkAndAReadHasOneAnswer()
    {
        Assert.True(host.Port.WriteHost(0x1F00, new byte[8192]));
        Assert.True(host.Port.ReadHost(0x1F00, 8192, this, 3));
        Assert.Equal([(TlpKind.MemoryWrite, 8192), (TlpKind.MemoryRead, 8192)], host.Sent.Select(s => (s.Tlp.Kind, s.Tlp.Length)));
        host.Function.Receive(Tlp.CompletionOf(host.Sent[1].Tlp, CompletionStatus.Successful), new byte[8192]);
        Assert.Equal(8192, Assert.Single(completed).Bytes.Length);
    }

    // 2.6: there are no credits here.
    [Fact]
    [Divergence("Flow control")]
    public void PostedWritesNeverWaitForCredits()
    {
        for (var i = 0; i < 10_000; i++) Assert.True(host.Port.WriteHost(0x1000, new byte[128]));
        Assert.Equal(10_000, host.Sent.Count);
    }

    // 2.2.6.2: tags of 8 bits.
    [Fact]
    public void MoreReadsThanTheLinkAllowsAreRefusedAndThereIsRoomAgainAfterAnAnswer()
    {
        for (var i = 0; i < Requester.MaxOutstanding; i++) Assert.True(host.Port.ReadHost(0x2000, 4, this, i));
        Assert.False(host.Port.ReadHost(0x2000, 4, this, -1));
        Assert.Equal(1ul, host.Function.Counters.ReadsExhausted);
        host.Function.Receive(Tlp.CompletionOf(host.Sent[7].Tlp, CompletionStatus.Successful), new byte[4]);
        Assert.Equal(7, Assert.Single(completed).Cookie);
        Assert.True(host.Port.ReadHost(0x2000, 4, this, 1000));
    }

    // 2.2.6.2, 7.5.3.4: Extended Tag Field Enable.
    [Fact]
    public void WithoutExtendedTagsThereAre32ReadsWithTagsOfFiveBits()
    {
        for (var i = 0; i < 40; i++) Assert.True(host.Port.ReadHost(0x2000, 4, this, i));
        foreach (var (read, _) in host.Sent.ToArray()) host.Function.Receive(Tlp.CompletionOf(read, CompletionStatus.Successful), new byte[4]);
        host.Sent.Clear();
        host.ConfigWrite(ConfigOffset.DeviceControl, 0, count: 2);
        for (var i = 0; i < 32; i++) Assert.True(host.Port.ReadHost(0x2000, 4, this, i));
        Assert.False(host.Port.ReadHost(0x2000, 4, this, -1));
        Assert.Equal(Enumerable.Range(0, 32), host.Sent.Select(s => (int)s.Tlp.Tag).Order());
    }

    // 6.6.1, 2.3.2.
    [Fact]
    public void AResetEndsEveryReadInFlightAndALateAnswerIsUnexpected()
    {
        host.Port.ReadHost(0x2000, 4, this, 1);
        host.Function.Reset();
        Assert.Single(completed);
        host.Function.Receive(Tlp.CompletionOf(host.Sent[0].Tlp, CompletionStatus.Successful), new byte[4]);
        Assert.Single(completed);
        Assert.Equal(1, host.Function.Requester.UnexpectedCompletions);
    }

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes) =>
        completed.Add((cookie, outcome, bytes.ToArray()));
}
