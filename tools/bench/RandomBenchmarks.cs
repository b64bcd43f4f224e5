using BenchmarkDotNet.Attributes;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>Draws against System.Random and the C runtime's logarithm, exponential and power, which differ from machine to machine.</summary>
public class RandomBenchmarks
{
    private const double Mean = 100_000, Sigma = 0.6, Alpha = 1.8;

    // With a seed, as a simulation needs it.
    private readonly System.Random random = new(1);
    private readonly RandomStream stream = new(1, "bench");
    private readonly Distribution exponential = Distribution.Exponential(new Duration((long)Mean));
    private readonly Distribution logNormal = Distribution.LogNormal(new Duration((long)Mean), Sigma);
    private readonly Distribution pareto = Distribution.Pareto(new Duration((long)Mean), Alpha);

    [Benchmark(Baseline = true), BenchmarkCategory("64 bits")]
    public long SystemRandom() => random.NextInt64();

    [Benchmark, BenchmarkCategory("64 bits")]
    public ulong RandomStream() => stream.NextUInt64();

    [Benchmark(Baseline = true), BenchmarkCategory("exponential")]
    public long ExponentialByMath() => (long)(-Mean * Math.Log(1 - random.NextDouble()));

    [Benchmark, BenchmarkCategory("exponential")]
    public Duration Exponential() => exponential.Draw(stream);

    [Benchmark(Baseline = true), BenchmarkCategory("log-normal")]
    public long LogNormalByMath()
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble());
        return (long)(Mean * Math.Exp(Sigma * normal));
    }

    [Benchmark, BenchmarkCategory("log-normal")]
    public Duration LogNormal() => logNormal.Draw(stream);

    [Benchmark(Baseline = true), BenchmarkCategory("Pareto")]
    public long ParetoByMath() => (long)(Mean * Math.Pow(1 - random.NextDouble(), -1 / Alpha));

    [Benchmark, BenchmarkCategory("Pareto")]
    public Duration Pareto() => pareto.Draw(stream);
}
