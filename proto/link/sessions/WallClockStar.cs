using System.Runtime.ExceptionServices;
using Pcie.Link.Transports;
using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>
/// A run by the wall clock of a host with several devices: the calling thread runs the timeline, and each link has a thread that takes what comes
/// over it, under the engine's lock. A link without credit delays what is taken over it, and no other.
/// </summary>
internal sealed class WallClockStar(LinkEngine engine, HostSession[] sessions)
{
    private readonly object bell = new();
    private bool rung;
    private volatile bool isOver;
    private volatile Exception? failure;

    public void Run(SimTime until, Func<bool> finished, CancellationToken cancellation)
    {
        engine.Start();
        using var wake = cancellation.Register(Ring);
        var takers = sessions.Select((session, i) => new Thread(() => Take(session)) { IsBackground = true, Name = $"link {i + 1}" }).ToList();
        takers.ForEach(taker => taker.Start());
        try
        {
            while (!cancellation.IsCancellationRequested && failure is null && Array.Exists(sessions, session => session.Down is null))
            {
                TimeSpan wait;
                lock (engine.Lock)
                {
                    var now = engine.Step(until);
                    foreach (var session in sessions) session.FlushGathered();
                    if (now >= until || finished()) return;
                    wait = engine.IdleUntil(until);
                }
                WaitForRing(wait);
            }
        }
        finally
        {
            isOver = true;
            foreach (var session in sessions) session.Wake();
            takers.ForEach(taker => taker.Join());
        }
        if (failure is { } thrown) ExceptionDispatchInfo.Throw(thrown);
    }

    private void Take(HostSession session)
    {
        try
        {
            session.TakeByWallClock(() => isOver, Ring);
        }
        catch (Exception e)
        {
            // It is the engine's, whose thread tells of it.
            failure = e;
            Ring();
        }
    }

    private void Ring()
    {
        lock (bell)
        {
            rung = true;
            Monitor.Pulse(bell);
        }
    }

    private void WaitForRing(TimeSpan most)
    {
        var deadline = new Deadline(most, TimeProvider.System);
        while (true)
        {
            lock (bell)
            {
                if (!rung && deadline.Milliseconds is > 0 and var left) Monitor.Wait(bell, left);
                if (rung)
                {
                    rung = false;
                    return;
                }
            }
            if (deadline.IsPast) return;
            // Less than a millisecond is left, and threads sleep by milliseconds.
            Thread.Yield();
        }
    }
}
