using Grpc.Core;
using Pcie.Link;
using Pcie.Link.Shm;
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
