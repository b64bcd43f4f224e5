using System.Collections.Concurrent;

namespace Pcie.Fuzz.Tests;

/// <summary>
/// Many cases against one target, split over the seeds and over the processors. A case that throws, that takes too long or that allocates
/// without measure fails the campaign with what it takes to run it again; so does memory that stays behind.
/// </summary>
/// <param name="name">Of the campaign.</param>
/// <param name="cases">How many, of all seeds.</param>
/// <param name="target">A target for one seed.</param>
internal sealed class Campaign(string name, int cases, Func<IFuzzTarget> target)
{
    private const int Threads = 2;

    // A case takes micro- to milliseconds: a machine that is so loaded that one takes this long would not finish the others either.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    // What a case of at most 64 KiB may ask the allocator for, all in all (bytes), and what two halves of a campaign may differ by.
    private const long MostAllocated = 256L << 20;
    private const long MostLeft = 8L << 20;

    private readonly ConcurrentQueue<string> failures = new();
    private long accepted, refused;

    public string Name => name;

    public int Cases => cases;

    /// <summary>Runs all cases, and says how many were accepted and refused.</summary>
    public string Run()
    {
        var seeds = FuzzSeeds.All;
        // The first half also warms up: what the second leaves is growth.
        RunSeeds(seeds[..(seeds.Length / 2)]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        RunSeeds(seeds[(seeds.Length / 2)..]);
        var after = GC.GetTotalMemory(forceFullCollection: true);

        var counts = $"{name}: {accepted + refused} cases, {accepted} accepted, {refused} refused, {(after - before) / 1024} KiB left behind";
        Assert.True(failures.IsEmpty, string.Join(Environment.NewLine, failures));
        Assert.Equal(FuzzSeeds.OnlyCase is null ? CasesOfSeed * seeds.Length : seeds.Length, accepted + refused);
        if (FuzzSeeds.OnlyCase is not null) return counts;
        Assert.True(accepted > 0 && refused > 0, $"Nothing is tested if all cases end alike. {counts}");
        if (seeds.Length > 1) Assert.True(after - before < MostLeft, counts);
        return counts;
    }

    private IFuzzTarget NewTarget() => target();

    private long CasesOfSeed => cases / 8 * FuzzSeeds.Scale;

    private void RunSeeds(ulong[] seeds)
    {
        var queue = new ConcurrentQueue<ulong>(seeds);
        var workers = Enumerable.Range(0, Threads).Select(_ => new Worker(this, queue)).ToArray();
        foreach (var worker in workers)
            while (!worker.Ended.WaitOne(TimeSpan.FromSeconds(1)) && failures.IsEmpty)
                if (worker.Running > Hang)
                    failures.Enqueue($"Hangs: {worker.Describe()}");
    }

    private sealed class Worker
    {
        private readonly Campaign campaign;
        private readonly ConcurrentQueue<ulong> seeds;
        private ulong seed;
        private long number, since;
        private byte[] input = [];

        public Worker(Campaign campaign, ConcurrentQueue<ulong> seeds)
        {
            (this.campaign, this.seeds) = (campaign, seeds);
            since = Environment.TickCount64;
            // In the background: a case that hangs must not keep the process.
            new Thread(Run) { IsBackground = true, Name = campaign.Name }.Start();
        }

        public ManualResetEvent Ended { get; } = new(false);

        /// <summary>For how long the present case has.</summary>
        public TimeSpan Running => TimeSpan.FromMilliseconds(Environment.TickCount64 - Volatile.Read(ref since));

        public string Describe() => $"FUZZ_SEED={seed} FUZZ_CASE={number} {campaign.Name}, {input.Length} bytes: {Convert.ToBase64String(input)}";

        private void Run()
        {
            while (campaign.failures.IsEmpty && seeds.TryDequeue(out seed))
                try
                {
                    RunSeed(campaign.NewTarget());
                }
                catch (Exception e)
                {
                    campaign.failures.Enqueue($"Fails: {Describe()}{Environment.NewLine}{e}");
                }
            Ended.Set();
        }

        private void RunSeed(IFuzzTarget target)
        {
            var (accepted, refused) = (0L, 0L);
            var (first, end) = FuzzSeeds.OnlyCase is { } only ? (only, only + 1) : (0, campaign.CasesOfSeed);
            for (number = first; number < end && campaign.failures.IsEmpty; number++)
            {
                Volatile.Write(ref since, Environment.TickCount64);
                input = target.Next(new Mutator(seed, number));
                var before = GC.GetAllocatedBytesForCurrentThread();
                if (target.Take(input)) accepted++;
                else refused++;
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                if (allocated > MostAllocated) throw new InvalidOperationException($"It allocated {allocated >> 20} MiB.");
            }
            Interlocked.Add(ref campaign.accepted, accepted);
            Interlocked.Add(ref campaign.refused, refused);
        }
    }
}
