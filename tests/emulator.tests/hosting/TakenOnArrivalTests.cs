using System.Collections.Concurrent;
using Pcie.Link;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>An engine that waits over gRPC has its frames taken where they arrive: no thread is woken for them.</summary>
public sealed class TakenOnArrivalTests
{
    private const int Frames = 200;

    [Fact]
    public async Task WhileAnEngineWaitsFramesAreTakenInOrderOnAnotherThread()
    {
        var engine = 0;
        var engineLock = new Lock();
        using var taken = new BlockingCollection<(ulong Sequence, int Thread)>();
        await using var loopback = await Loopback.StartAsync(run: device =>
        {
            engine = Environment.CurrentManagedThreadId;
            while (device.Transport.Down is null)
                // One that comes while the engine is on its way here is its own.
                if (device.Transport.Receive(Timeout.InfiniteTimeSpan, Take, engineLock) is { } own) Take(own);

            void Take(Frame frame)
            {
                taken.Add((frame.Sequence, Environment.CurrentManagedThreadId));
                device.Transport.Pool.Return(frame);
            }
        });
        using var host = await loopback.ConnectAsync();
        var elsewhere = 0;

        for (var i = 1ul; i <= Frames; i++)
        {
            host.Send(host.Pool.Rent());
            Assert.True(taken.TryTake(out var one, Loopback.Long));
            Assert.Equal(i, one.Sequence);
            if (one.Thread != engine) elsewhere++;
        }

        Assert.InRange(elsewhere, Frames / 2, Frames);
    }
}
