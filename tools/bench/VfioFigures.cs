using System.Buffers.Binary;
using System.Diagnostics;
using Pcie.Foreign;
using Pcie.Link.Sessions;
using Pcie.Pci.Config;
using Pcie.TestKit;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>
/// <c>bench vfio</c>: what a register read costs on the way to a function of this machine, by the wall clock: on the host's own engine, as
/// <c>vfio:</c> has it, against the same with a thread for the device. The function is memory here, so that the way is all that is
/// measured; that of a machine is timed by <c>emu guest vfio</c>. Turn by turn, so that what else the machine does falls on both.
/// </summary>
internal static class VfioFigures
{
    private const int Rounds = 15, Reads = 2000;

    public static void Print()
    {
        var options = new LinkSessionOptions(Pacing.WallClock, LatencyRange.Default);
        var (near, far) = (new MemoryFunction(), new MemoryFunction());
        using var own = BenchOf(ForeignLink.OpenWaiting("memory", options, _ => near));
        using var other = BenchOf(ForeignLink.Open("memory", options, hasThread: true, _ => far));
        var (here, there) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            here[round] = Microseconds(own);
            there[round] = Microseconds(other);
        }
        Console.WriteLine($"register read on the engine's own thread: {Median(here):0.00} us; {near.FromElsewhere} of {Rounds * Reads} on another");
        Console.WriteLine($"with a thread for the device: {Median(there):0.00} us; {far.FromElsewhere} of {Rounds * Reads} on another");
    }

    private static TestBench BenchOf(ForeignLink link)
    {
        var bench = new TestBench(link, null, new TestBenchOptions { Pacing = Pacing.WallClock });
        bench.Enumerate();
        return bench;
    }

    private static double Microseconds(TestBench bench)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Reads; i++) bench.ReadMemory(bench.Bars[0].Address + 4, 4);
        return Stopwatch.GetElapsedTime(began).TotalMicroseconds / Reads;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    // 4 KiB in BAR 0.
    private sealed class MemoryFunction : IWaitingFunction
    {
        private readonly int thread = Environment.CurrentManagedThreadId;
        private readonly byte[] config = new byte[ConfigLayout.Size];
        private readonly AutoResetEvent woken = new(false);
        private uint register;

        public MemoryFunction() => BinaryPrimitives.WriteUInt32LittleEndian(config, 0xDA01_FDA0);

        /// <summary>Reads of its register by another thread than the one that has made it, which is the host's.</summary>
        public int FromElsewhere { get; private set; }

        public ValueTask<ulong> ReadAsync(ForeignAccess access)
        {
            var at = (int)access.Offset;
            if (access.IsConfig) return new(BinaryPrimitives.ReadUInt32LittleEndian(config.AsSpan(at & ~3)) >> 8 * (at & 3));
            if (Environment.CurrentManagedThreadId != thread) FromElsewhere++;
            return new(Volatile.Read(ref register));
        }

        public ValueTask WriteAsync(ForeignAccess access, ulong value)
        {
            var writable = access.Offset switch { ConfigLayout.Bar0 => 0xFFFF_F000, ConfigLayout.Command => 6u, _ => 0u };
            if (access.IsConfig)
                for (var i = 0; i < access.Bytes; i++) config[(int)access.Offset + i] = (byte)((value & writable) >> 8 * i);
            else register = (uint)value;
            return ValueTask.CompletedTask;
        }

        public void Wait(TimeSpan timeout) => woken.WaitOne(timeout < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : timeout);

        public void Wake() => woken.Set();

        public void Dispose() => woken.Dispose();
    }
}
