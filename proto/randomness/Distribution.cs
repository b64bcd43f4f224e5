using System.Globalization;
using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.Randomness;

/// <summary>
/// A duration that varies from draw to draw: how long a DPC runs, how far apart two interrupts lie. Draws are whole nanoseconds, never
/// negative, and at the most <see cref="Maximum"/>, at which the tail is clamped.
/// </summary>
/// <remarks>Immutable; the random stream is the caller's. Drawing allocates nothing.</remarks>
public sealed class Distribution
{
    private const int AtATime = 32;

    private readonly Kind kind;

    // Fixed, Uniform: smallest value. Exponential: mean. LogNormal: median. Pareto: smallest value.
    private readonly Duration scale;

    // Uniform: how many values there are. LogNormal: sigma. Pareto: alpha.
    private readonly long span;

    // Scale and maximum, as draws take them.
    private readonly double scaleNanoseconds, maximumNanoseconds;
    private readonly double shape;

    // What the logarithm of a log-normal or Pareto variate is to a standard variate.
    private readonly double exponent;

    // Quantiles: in nanoseconds, at the levels.
    private readonly long[] quantiles = [];

    // Part: of what, and between which probabilities of being exceeded.
    private readonly Distribution? whole;
    private readonly double from, to;

    private Distribution(Kind kind, Duration scale, Duration? maximum, long span = 0, double shape = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(scale.Nanoseconds, nameof(scale));
        if (maximum is { } limit) ArgumentOutOfRangeException.ThrowIfNegative(limit.Nanoseconds, nameof(maximum));
        this.kind = kind;
        this.scale = scale;
        this.span = span;
        this.shape = shape;
        Maximum = maximum ?? Duration.Max;
        (scaleNanoseconds, maximumNanoseconds) = (scale.Nanoseconds, Maximum.Nanoseconds);
        exponent = kind == Kind.Pareto ? 1 / shape : shape;
    }

    private Distribution(IReadOnlyList<Duration> values) : this(Kind.Quantiles, values[0], values[^1]) =>
        quantiles = [.. values.Select(value => value.Nanoseconds)];

    private Distribution(Distribution whole, double from, double to) : this(Kind.Part, whole.Exceeded(from), whole.Exceeded(to)) =>
        (this.whole, this.from, this.to) = (whole, from, to);

    /// <summary>No draw is longer. <see cref="Duration.Max"/> where no limit was set.</summary>
    public Duration Maximum { get; }

    /// <summary>The value if it is always the same; null if it varies.</summary>
    public Duration? Constant => kind == Kind.Fixed ? scale : null;

    /// <summary>The mean of an exponential distribution without a maximum: what comes at such intervals has no memory. Null for any other.</summary>
    public Duration? MemorylessMean => kind == Kind.Exponential && Maximum == Duration.Max ? scale : null;

    /// <summary>Always the same. Takes nothing from the stream.</summary>
    public static Distribution Fixed(Duration value) => new(Kind.Fixed, value, null);

    /// <summary>Every nanosecond from <paramref name="minimum"/> to <paramref name="maximum"/>, both included, is as likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A bound is negative, or <paramref name="maximum"/> is below the other or <see cref="Duration.Max"/>.
    /// </exception>
    public static Distribution Uniform(Duration minimum, Duration maximum)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, minimum);
        ArgumentOutOfRangeException.ThrowIfEqual(maximum, Duration.Max);
        return new Distribution(Kind.Uniform, minimum, maximum, (maximum - minimum).Nanoseconds + 1);
    }

    /// <summary>What lies between events that do not know of each other. The density falls off as e^(−t/mean).</summary>
    public static Distribution Exponential(Duration mean, Duration? maximum = null) => new(Kind.Exponential, mean, maximum);

    /// <summary>Half the draws lie below the median; their logarithm is normal with standard deviation <paramref name="sigma"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sigma"/> is negative or not finite, or a duration is negative.</exception>
    public static Distribution LogNormal(Duration median, double sigma, Duration? maximum = null)
    {
        if (!(sigma >= 0 && double.IsFinite(sigma)))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "A log-normal distribution's sigma is finite, 0 or more.");
        return new Distribution(Kind.LogNormal, median, maximum, shape: sigma);
    }

    /// <summary>
    /// A heavy tail: a draw exceeds t with probability (minimum/t)^alpha. At an alpha of 2 or less the variance is infinite, at 1 or
    /// less the mean.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is not positive and finite, or a duration is negative.</exception>
    public static Distribution Pareto(Duration minimum, double alpha, Duration? maximum = null)
    {
        if (!(alpha > 0 && double.IsFinite(alpha)))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "The alpha of a Pareto distribution is a finite number above 0.");
        return new Distribution(Kind.Pareto, minimum, maximum, shape: alpha);
    }

    /// <summary>Where the values of <see cref="Quantiles"/> lie: the share of draws that are shorter. Closer together towards the tail.</summary>
    public static IReadOnlyList<double> QuantileLevels => Levels;

    /// <summary>How many <see cref="QuantileLevels"/> there are.</summary>
    public const int LevelCount = 21;

    private static readonly double[] Levels = new double[LevelCount]
        { 0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1 };

    /// <summary>
    /// As measured: a value for each of <see cref="QuantileLevels"/>, the shortest first, the longest last; in between, straight lines.
    /// </summary>
    /// <exception cref="ArgumentException">There are not as many as levels, one is negative, or they fall.</exception>
    public static Distribution Quantiles(IReadOnlyList<Duration> values)
    {
        if (values.Count != QuantileLevels.Count || values[0] < Duration.Zero)
            throw new ArgumentException($"Expected {QuantileLevels.Count} durations, none negative.", nameof(values));
        for (var i = 1; i < values.Count; i++)
            if (values[i] < values[i - 1]) throw new ArgumentException("Quantiles do not fall.", nameof(values));
        return new Distribution(values);
    }

    /// <summary>Its draws that are exceeded with a probability between these, as likely as before beside each other.</summary>
    /// <param name="from">Of the shortest of them; 1 for all.</param>
    /// <param name="to">Of the longest, less than that; 0 for all.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are no probabilities that fall.</exception>
    public Distribution Part(double from, double to)
    {
        if (!(from <= 1 && to >= 0 && to < from)) throw new ArgumentOutOfRangeException(nameof(to), to, "Expected 1 >= from > to >= 0.");
        return kind == Kind.Fixed ? this : new Distribution(this, from, to);
    }

    /// <summary>
    /// One draw. A fixed one takes nothing from the stream, others one number, now and then some more; how many does not depend on the
    /// scale, the shape or the maximum, so that a run with another median still has the same luck.
    /// </summary>
    public Duration Draw(RandomStream stream)
    {
        switch (kind)
        {
            case Kind.Fixed:
                return scale;
            case Kind.Uniform:
                return new Duration(scale.Nanoseconds + stream.NextInt64(span));
            case Kind.Exponential:
                return Clamp(scaleNanoseconds * Ziggurat.NextExponential(stream));
            case Kind.LogNormal:
                return Clamp(scaleNanoseconds * PortableMath.Exp(exponent * Ziggurat.NextNormal(stream)));
            case Kind.Quantiles:
                return AtLevel(stream.NextDouble());
            case Kind.Part:
                return whole!.Exceeded(from - (from - to) * stream.NextDouble());
            default:
                return Clamp(scaleNanoseconds * PortableMath.Exp(exponent * Ziggurat.NextExponential(stream)));
        }
    }

    /// <summary>As many draws as there is room for, the first one first.</summary>
    public void Fill(Span<Duration> into, RandomStream stream)
    {
        if (kind is not (Kind.Exponential or Kind.LogNormal or Kind.Pareto))
        {
            foreach (ref var duration in into) duration = Draw(stream);
            return;
        }
        Span<double> variates = stackalloc double[AtATime];
        for (; into.Length > 0; into = into[variates.Length..])
        {
            if (into.Length < variates.Length) variates = variates[..into.Length];
            if (kind == Kind.LogNormal) Ziggurat.FillNormal(variates, stream);
            else Ziggurat.FillExponential(variates, stream);
            if (kind != Kind.Exponential)
            {
                foreach (ref var variate in variates) variate *= exponent;
                PortableMath.Exp(variates);
            }
            for (var i = 0; i < variates.Length; i++) into[i] = Clamp(scaleNanoseconds * variates[i]);
        }
    }

    /// <summary>What a draw exceeds with this probability; <see cref="Maximum"/> with probability 0.</summary>
    public Duration Exceeded(double probability)
    {
        if (kind == Kind.Fixed) return scale;
        if (probability <= 0) return Maximum;
        return kind switch
        {
            Kind.Uniform => new Duration(Math.Min(scale.Nanoseconds + (long)((1 - probability) * span), Maximum.Nanoseconds)),
            Kind.LogNormal => Clamp(scale.Nanoseconds * PortableMath.Exp(exponent * NormalTail.Inverse(probability))),
            Kind.Quantiles => probability < 1e-15 ? Maximum : AtLevel(Math.Max(0, 1 - probability)),
            Kind.Part => whole!.Exceeded(to + (from - to) * probability),
            Kind.Exponential => Clamp(-scale.Nanoseconds * PortableMath.Log(probability)),
            _ => Clamp(scale.Nanoseconds * PortableMath.Exp(-exponent * PortableMath.Log(probability))),
        };
    }

    /// <summary>
    /// All draws in some hundred cells, the last of them beyond what is exceeded once in 10^18: how likely a draw falls into it, and between which
    /// values. So the mean of a function that rises or falls has bounds.
    /// </summary>
    public IEnumerable<(double Probability, Duration Least, Duration Most)> Cells()
    {
        var (above, least) = (1.0, Exceeded(1));
        while (above > 0 && kind != Kind.Fixed)
        {
            var below = above > 0.02 ? above - 0.01 : above > 1e-18 ? above * 0.8 : 0;
            var most = Exceeded(below);
            yield return (above - below, least, most);
            (above, least) = (below, most);
        }
        if (kind == Kind.Fixed) yield return (1, scale, scale);
    }

    /// <summary>In words: <c>log-normal, median 80 µs, sigma 0.6, at most 5 ms</c>.</summary>
    public override string ToString()
    {
        var text = kind switch
        {
            Kind.Fixed => $"{scale}",
            Kind.Uniform => $"uniform, {scale} to {Maximum}",
            Kind.Exponential => $"exponential, mean {scale}",
            Kind.LogNormal => string.Create(CultureInfo.InvariantCulture, $"log-normal, median {scale}, sigma {shape}"),
            Kind.Part => string.Create(CultureInfo.InvariantCulture, $"from {scale} of: {whole}"),
            Kind.Quantiles => $"as measured, median {new Duration(quantiles[7])}",
            _ => string.Create(CultureInfo.InvariantCulture, $"Pareto, minimum {scale}, alpha {shape}"),
        };
        return kind == Kind.Uniform || Maximum == Duration.Max ? text : $"{text}, at most {Maximum}";
    }

    private Duration AtLevel(double level)
    {
        var above = 1;
        while (Levels[above] <= level) above++;
        var (low, high) = (Levels[above - 1], Levels[above]);
        var (from, to) = (quantiles[above - 1], quantiles[above]);
        return Clamp(from + (to - from) * ((level - low) / (high - low)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Duration Clamp(double nanoseconds)
    {
        // Written so that a product of zero and infinity, which is not a number, ends at the maximum too. 2^63 is the first double that
        // a long cannot hold, and what Duration.Max converts to.
        nanoseconds += 0.5;
        return nanoseconds < maximumNanoseconds ? new Duration((long)nanoseconds) : Maximum;
    }

    private enum Kind
    {
        Fixed,
        Uniform,
        Exponential,
        LogNormal,
        Pareto,
        Quantiles,
        Part,
    }
}
