using System.Runtime.InteropServices;

namespace Pcie.Link.Shm;

/// <summary>
/// How one side sleeps until the other has done something, and is woken: a word that says how it sleeps, which costs the other side a look, and a
/// count of rings, on which Linux has it sleep (futex). Where there is no such thing, the other side says it over the call.
/// </summary>
/// <remarks>
/// Who is to sleep says so and looks once more; who has done something does it and then looks whether somebody sleeps. So one of both sees the
/// other. The words may hold anything, if the other side is hostile: then this side is not woken, or in vain.
/// </remarks>
/// <param name="memory">Kept for as long as this is.</param>
/// <param name="sleeps">Bits: how, and for what.</param>
/// <param name="rings">How often it was rung.</param>
/// <param name="ringByCall">Tells the owner over the call.</param>
/// <param name="usesWord">Whether the owner sleeps on the word; else it is told over the call.</param>
internal sealed unsafe partial class Doorbell(SharedMemory? memory, uint* sleeps, uint* rings, Action ringByCall, bool usesWord)
{
    // Bits of how a side sleeps.
    private const uint OnWord = 1, OnCall = 2, ForRoom = 4;

    private const int Wait = 0, Wakeup = 1;

    private readonly object rungByCall = new();

    /// <summary>Whether this system can sleep on a word of memory that processes share.</summary>
    public static bool HasWords { get; } = OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>The shortest time that it is worth to sleep for: sleepers wake up about so much later than they are told.</summary>
    public TimeSpan Finest { get; } = usesWord ? TimeSpan.FromMicroseconds(150) : TimeSpan.FromMilliseconds(1);

    private static nint FutexCall => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 98 : 202;

    /// <summary>The owner is about to sleep; it looks once more then.</summary>
    /// <param name="forRoom">Whether it is to be rung too when something was read.</param>
    /// <returns>What to sleep with.</returns>
    public uint Announce(bool forRoom)
    {
        var before = Volatile.Read(ref *rings);
        Interlocked.Or(ref *sleeps, (usesWord ? OnWord : OnCall) | (forRoom ? ForRoom : 0));
        return before;
    }

    /// <summary>The owner sleeps until it is rung, or was since it announced it; for no reason now and then.</summary>
    /// <param name="most">How long at most, by <see cref="Finest"/>; negative for without an end.</param>
    public void Sleep(uint announced, TimeSpan most)
    {
        if (usesWord)
        {
            var time = new TimeSpec
            {
                Seconds = most.Ticks / TimeSpan.TicksPerSecond,
                Nanoseconds = most.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
            };
            _ = Futex(FutexCall, rings, Wait, announced, most < TimeSpan.Zero ? null : &time, 0, 0);
        }
        else
        {
            lock (rungByCall)
                if (Volatile.Read(ref *rings) == announced) Monitor.Wait(rungByCall, MillisecondsOf(most));
        }
        GC.KeepAlive(memory);
    }

    // As Monitor takes them; who wakes too early looks again.
    private static int MillisecondsOf(TimeSpan most) => most < TimeSpan.Zero ? Timeout.Infinite : (int)Math.Min(most.TotalMilliseconds, int.MaxValue);

    /// <summary>Wakes the owner, from its own process.</summary>
    public void WakeOwner()
    {
        if (usesWord)
        {
            Interlocked.Increment(ref *rings);
            _ = Futex(FutexCall, rings, Wakeup, int.MaxValue, null, 0, 0);
        }
        else
        {
            lock (rungByCall)
            {
                Interlocked.Increment(ref *rings);
                Monitor.PulseAll(rungByCall);
            }
        }
        GC.KeepAlive(memory);
    }

    /// <summary>Something was written: wakes the owner, the other side, if it sleeps.</summary>
    public void RingForWritten()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref *sleeps) != 0) Ring();
    }

    /// <summary>Something was read: wakes the owner, the other side, if it sleeps for want of room.</summary>
    public void RingForRead()
    {
        Interlocked.MemoryBarrier();
        if ((Volatile.Read(ref *sleeps) & ForRoom) != 0) Ring();
    }

    private void Ring()
    {
        var how = Interlocked.Exchange(ref *sleeps, 0);
        if ((how & OnWord) != 0 && HasWords)
        {
            Interlocked.Increment(ref *rings);
            _ = Futex(FutexCall, rings, Wakeup, int.MaxValue, null, 0, 0);
        }
        if ((how & OnCall) != 0) ringByCall();
        GC.KeepAlive(memory);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Futex(nint number, uint* word, int operation, uint value, TimeSpec* timeout, nint other, nint bits);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
