using Grpc.Core;
using Pcie.Fixtures;
using Pcie.Link;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Shm;
using Pcie.Pci;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>The capability shared-memory, as a host has it that is written from link.proto alone.</summary>
public sealed class SharedMemoryTests
{
    private static string Listen => $"shm:emulator-test-bare-{Environment.ProcessId}";

    private static Wire.HostHello Asking
    {
        get
        {
            var hello = BareHost.GoodHello;
            hello.Capabilities.Add(SharedMemory.Capability);
            return hello;
        }
    }

    [Fact]
    public async Task AHostIsToldOfAFileThatHasNoNameAnyMoreOnceItHasOpenedIt()
    {
        var arrived = new TaskCompletionSource();
        await using var loopback = await Loopback.StartAsync(Listen, device => Loopback.Serve(device, _ => arrived.SetResult()));
        using var host = loopback.ConnectBare();
        var hello = await host.AttachAsync(Asking);
        Assert.Contains(SharedMemory.Capability, hello.Capabilities);
        Assert.True(File.Exists(hello.SharedMemory.Path));

        var lane = new SharedMemoryLane(SharedMemory.Open(hello.SharedMemory.Path, hello.SharedMemory.Key.Span), new FramePool(), () => { });
        await host.SendAsync(new Wire.HostMessage { Acknowledgement = new Wire.Acknowledgement { Epoch = hello.Epoch } });
        lane.TryPost(new Frame());
        await arrived.Task.WaitAsync(Loopback.Long, Loopback.Cancelled);
        await host.SendAsync(new Wire.HostMessage { Detach = new Wire.Detach() });

        Assert.Equal(Wire.DeviceMessage.MessageOneofCase.Detached, (await host.ReceiveAsync()).MessageCase);
        Assert.False(File.Exists(hello.SharedMemory.Path));
    }

    [Fact]
    public async Task AHostThatGoesBeforeItHasOpenedTheFileLeavesNoneBehind()
    {
        await using var loopback = await Loopback.StartAsync(Listen);
        string path;
        using (var host = loopback.ConnectBare()) path = (await host.AttachAsync(Asking)).SharedMemory.Path;

        loopback.TakeEnded();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task AFrameOverTheCallBreaksTheProtocolWhereMemoryIsShared()
    {
        await using var loopback = await Loopback.StartAsync(Listen);
        using var host = loopback.ConnectBare();
        var hello = await host.AttachAsync(Asking);
        await host.SendAsync(new Wire.HostMessage { Frame = new Wire.Frame { Epoch = hello.Epoch, Sequence = 1 } });

        var refusal = await host.RefusalAsync();
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains("over the call", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeartbeatsAreCountsInTheFileAndAHostWhoseOwnStandsStillIsGoneAfterTheKeepAlive()
    {
        var time = new SteppedTime();
        await using var loopback = await Loopback.StartAsync(Listen, keepAlive: TimeSpan.FromSeconds(8), time: time);
        using var host = loopback.ConnectBare();
        var asking = Asking;
        asking.Capabilities.Add(HeartbeatOptions.Capability);
        asking.KeepAliveMs = 1000;
        var hello = await host.AttachAsync(asking);
        var memory = SharedMemory.Open(hello.SharedMemory.Path, hello.SharedMemory.Key.Span);

        // Until the session has begun, time that passes is nobody's.
        Assert.True(SpinWait.SpinUntil(Beats, Loopback.Long));
        Assert.NotNull(loopback.Attach.Owner);
        Assert.Empty(loopback.Ended);

        (DeviceAttachment, LinkDown Down) ended;
        // HTTP/2 may still have something to say on its own account.
        for (var looks = 0; !loopback.Ended.TryTake(out ended, 10, Loopback.Cancelled); looks++)
            time.Advance(TimeSpan.FromSeconds(looks < 1000 ? 1 : throw new TimeoutException()));
        Assert.Equal("The host is gone: Nothing was heard for 8 s (--keep-alive).", ended.Down.Message);

        bool Beats()
        {
            memory.Pulse();
            time.Advance(TimeSpan.FromMilliseconds(250));
            return memory.PeerPulse >= 200;
        }
    }

    [Fact]
    public async Task NobodyElseSharesMemoryAHostOverTcpNorOneThatDoesNotAsk()
    {
        await using (var loopback = await Loopback.StartAsync())
        {
            using var host = loopback.ConnectBare();
            Assert.DoesNotContain(SharedMemory.Capability, (await host.AttachAsync(Asking)).Capabilities);
        }
        await using (var loopback = await Loopback.StartAsync(Listen))
        {
            using var host = loopback.ConnectBare();
            Assert.Null((await host.AttachAsync()).SharedMemory);
        }
    }
}
