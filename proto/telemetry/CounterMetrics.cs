using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Pcie.Telemetry;

/// <summary>
/// Counters that a program has by name, as metrics: <c>chunks.payload-bytes</c> of the card is <c>pcie.card.chunks.payload_bytes</c>. Nothing is
/// counted a second time, and nothing costs anything but when somebody asks; whoever asks for all of them asks the program once.
/// </summary>
public sealed class CounterMetrics : IDisposable
{
    private const char Below = '<';

    // Instruments are read one after the other.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly Meter meter;
    private readonly Func<IReadOnlyDictionary<string, long>> read;
    private IReadOnlyDictionary<string, long> last;
    private long readAt;

    /// <param name="meterName">One of <see cref="TelemetryServer.Names"/>.</param>
    /// <param name="name">What all of them begin with: <c>pcie.card</c>.</param>
    /// <param name="read">The counters by name, and gauges among them.</param>
    /// <param name="gauges">Names of those that may fall as well. What is not there now, may be later.</param>
    /// <param name="later">Names of counters that are not there yet; what never is, is no metric.</param>
    /// <param name="histograms">Names of histograms, cumulative as Prometheus has them: <c>waits&lt;1e-03</c> is what <c>waits.bucket</c> counts with
    /// the label <c>le</c> of that.</param>
    public CounterMetrics(string meterName, string name, Func<IReadOnlyDictionary<string, long>> read, IReadOnlyCollection<string>? gauges = null,
        IReadOnlyCollection<string>? later = null, IReadOnlyCollection<string>? histograms = null)
    {
        (meter, this.read) = (new Meter(meterName), read);
        (last, readAt) = (read(), Stopwatch.GetTimestamp());
        foreach (var counter in last.Keys.Where(key => !key.Contains(Below)).Union(later ?? []).Except(gauges ?? []).Order(StringComparer.Ordinal))
            meter.CreateObservableCounter(MetricOf(counter), () => ValuesOf(counter));
        foreach (var gauge in gauges ?? []) meter.CreateObservableGauge(MetricOf(gauge), () => ValuesOf(gauge));
        foreach (var histogram in histograms ?? []) meter.CreateObservableCounter(MetricOf($"{histogram}.bucket"), () => BucketsOf(histogram));

        string MetricOf(string counter) => $"{name}.{counter.Replace('-', '_')}";
    }

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> ValuesOf(string counter) =>
        Read().TryGetValue(counter, out var value) ? [new Measurement<long>(value)] : [];

    private IEnumerable<Measurement<long>> BucketsOf(string histogram) =>
        from bucket in Read()
        where bucket.Key.StartsWith(histogram + Below, StringComparison.Ordinal)
        select new Measurement<long>(bucket.Value, new KeyValuePair<string, object?>("le", bucket.Key[(histogram.Length + 1)..]));

    private IReadOnlyDictionary<string, long> Read()
    {
        lock (gate)
        {
            if (Stopwatch.GetElapsedTime(readAt) > Fresh) (last, readAt) = (read(), Stopwatch.GetTimestamp());
            return last;
        }
    }
}
