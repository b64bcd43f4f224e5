using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Pcie.Telemetry;

/// <summary>
/// Counters that a program has by name, as metrics: <c>chunks.payload-bytes</c> of the card is <c>pcie.card.chunks.payload_bytes</c>. Nothing is
/// counted a second time, and nothing costs anything but when somebody asks; whoever asks for all of them asks the program once.
/// </summary>
public sealed class CounterMetrics : IDisposable
{
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
    public CounterMetrics(string meterName, string name, Func<IReadOnlyDictionary<string, long>> read, IReadOnlyCollection<string>? gauges = null,
        IReadOnlyCollection<string>? later = null)
    {
        (meter, this.read) = (new Meter(meterName), read);
        (last, readAt) = (read(), Stopwatch.GetTimestamp());
        foreach (var counter in last.Keys.Union(later ?? []).Except(gauges ?? []).Order(StringComparer.Ordinal))
            meter.CreateObservableCounter(MetricOf(counter), () => ValuesOf(counter));
        foreach (var gauge in gauges ?? []) meter.CreateObservableGauge(MetricOf(gauge), () => ValuesOf(gauge));

        string MetricOf(string counter) => $"{name}.{counter.Replace('-', '_')}";
    }

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> ValuesOf(string counter)
    {
        lock (gate)
        {
            if (Stopwatch.GetElapsedTime(readAt) > Fresh) (last, readAt) = (read(), Stopwatch.GetTimestamp());
            return last.TryGetValue(counter, out var value) ? [new Measurement<long>(value)] : [];
        }
    }
}
