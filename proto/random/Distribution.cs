using System.Globalization;
using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.Random;

/// <summary>
/// A duration that varies from draw to draw: how long a DPC runs, how far apart two interrupts lie. Draws are whole nanoseconds, never
/// negative, and at the most <see cref="Maximum"/>, at which the tail is clamped.
/// </summary>
/// <remarks>Immutable; the random stream is the caller's. Drawing allocates nothing.</remarks>
public sealed class Distribution
{
    private readonly Kind kind;

    // Fixed, Uniform: smallest value. Exponential: mean. LogNormal: median. Pareto: smallest value.
    private readonly Duration scale;

    // Uniform: how many values there are. LogNormal: sigma. Pareto: alpha.
    private readonly long span;
    private readonly double shape;

    // What the logarithm of a log-normal or Pareto variate is to a standard variate.
    private readonly double exponent;

    private Distribution(Kind kind, Duration scale, Duration? maximum, long span = 0, double shape = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(scale.Nanoseconds, nameof(scale));
        if (maximum is { } limit) ArgumentOutOfRangeException.ThrowIfNegative(limit.Nanoseconds, nameof(maximum));
        this.kind = kind;
        this.scale = scale;
        this.span = span;
        this.shape = shape;
        Maximum = maximum ?? Duration.Max;
        exponent = kind == Kind.Pareto ? 1 / shape : shape;
    }

    /// <summary>No draw is longer. <see cref="Duration.Max"/> where no limit was set.</summary>
    public Duration Maximum { get; }

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
                return Clamp(scale.Nanoseconds * Ziggurat.NextExponential(stream));
            case Kind.LogNormal:
                return Clamp(scale.Nanoseconds * PortableMath.Exp(exponent * Ziggurat.NextNormal(stream)));
            default:
                return Clamp(scale.Nanoseconds * PortableMath.Exp(exponent * Ziggurat.NextExponential(stream)));
        }
    }

    /// <summary>One draw, at least 1 ns: the distance to the next of a series of events, which must not stand still.</summary>
    public Duration DrawInterval(RandomStream stream)
    {
        var interval = Draw(stream);
        return interval > Duration.Zero ? interval : new Duration(1);
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
            _ => string.Create(CultureInfo.InvariantCulture, $"Pareto, minimum {scale}, alpha {shape}"),
        };
        return kind == Kind.Uniform || Maximum == Duration.Max ? text : $"{text}, at most {Maximum}";
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Duration Clamp(double nanoseconds)
    {
        // Written so that a product of zero and infinity, which is not a number, ends at the maximum too. 2^63 is the first double that
        // a long cannot hold, and what Duration.Max converts to.
        nanoseconds += 0.5;
        return nanoseconds < Maximum.Nanoseconds ? new Duration((long)nanoseconds) : Maximum;
    }

    private enum Kind
    {
        Fixed,
        Uniform,
        Exponential,
        LogNormal,
        Pareto,
    }
}
