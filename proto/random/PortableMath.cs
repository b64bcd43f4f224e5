using System.Runtime.CompilerServices;

namespace Pcie.Random;

/// <summary>
/// Logarithm, exponential and normal quantile with the same bits on every machine. <see cref="Math"/> takes these from the C runtime
/// of the platform, which differ in the last place; one such difference in a draw, and two runs of a seed part for ever.
/// </summary>
/// <remarks>
/// Only the operations that IEEE 754 rounds exactly are used: + - * / and square root, never fused. Nothing allocates; each function takes
/// some nanoseconds.
/// </remarks>
public static class PortableMath
{
    // ln 2 and ln 2 / 32 in two parts; the high ones end in enough zeros for k times them to be exact.
    private const double Ln2High = 0.6931471805592082, Ln2Low = 7.371002565167799e-13;
    private const double StepHigh = 0.021660849391992087, StepLow = 5.062034433330175e-13, StepsPerUnit = 46.16624130844683;
    private const long SqrtHalfBits = 0x3FE6A09E667F3BCD;
    private const long ExponentMask = ~0L << 52;

    // ln(i / 32) for i = 23..45, which covers a mantissa scaled to [sqrt(1/2), sqrt(2)).
    private const int FirstCentre = 23;

    private static readonly double[] LogOfCentre =
    [
        -0.33024168687057687, -0.2876820724517809, -0.24686007793152578, -0.2076393647782445, -0.16989903679539747,
        -0.13353139262452263, -0.09844007281325252, -0.06453852113757118, -0.0317486983145803, 0.0, 0.030771658666753687,
        0.06062462181643484, 0.08961215868968714, 0.11778303565638346, 0.1451820098444979, 0.17185025692665923,
        0.19782574332991987, 0.22314355131420976, 0.24783616390458127, 0.27193371548364176, 0.2954642128938359,
        0.3184537311185346, 0.3409265869705932,
    ];

    // 2 to the power of j / 32.
    private static readonly double[] Roots =
    [
        1.0, 1.0218971486541166, 1.0442737824274138, 1.0671404006768237, 1.0905077326652577, 1.1143867425958924,
        1.1387886347566916, 1.1637248587775775, 1.189207115002721, 1.215247359980469, 1.241857812073484, 1.2690509571917332,
        1.2968395546510096, 1.3252366431597413, 1.3542555469368927, 1.383909881963832, 1.4142135623730951, 1.4451808069770467,
        1.4768261459394993, 1.5091644275934228, 1.5422108254079407, 1.5759808451078865, 1.6104903319492543, 1.645755478153965,
        1.681792830507429, 1.718619298122478, 1.7562521603732995, 1.7947090750031072, 1.8340080864093424, 1.8741676341103,
        1.9152065613971474, 1.9571441241754002,
    ];

    /// <summary>Natural logarithm, to a relative error below 1e-15. As <see cref="Math.Log(double)"/> at the edges: −∞ of 0, NaN below.</summary>
    public static double Log(double x)
    {
        var exponent = 0L;
        if (!(x >= 2.2250738585072014e-308 && x <= double.MaxValue))
        {
            if (x == 0) return double.NegativeInfinity;
            if (!(x > 0) || x == double.PositiveInfinity) return x > 0 ? x : double.NaN;
            // Subnormal: the mantissa has no hidden one until it is scaled.
            x *= 18014398509481984.0;
            exponent = -54;
        }
        var above = BitConverter.DoubleToInt64Bits(x) - SqrtHalfBits;
        exponent += above >> 52;
        var m = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(x) - (above & ExponentMask));

        // ln m = ln c + 2 artanh((m − c) / (m + c)), with c the nearest 32nd, so that the series has a small argument. Near m = 1, c is 1
        // and its logarithm 0: nothing cancels.
        var centre = (int)(m * 32 + 0.5);
        var c = centre * 0.03125;
        var s = (m - c) / (m + c);
        var q = s * s;
        var artanh = s + s * q * (1.0 / 3 + q * (1.0 / 5 + q * (1.0 / 7 + q * (1.0 / 9))));
        return exponent * Ln2High + (LogOfCentre[centre - FirstCentre] + (2 * artanh + exponent * Ln2Low));
    }

    /// <summary>e to the power of x, to a relative error below 1e-15 where the result is a normal number; 0 and ∞ beyond the range.</summary>
    public static double Exp(double x)
    {
        if (!(x > -746 && x < 710)) return x >= 710 ? double.PositiveInfinity : x <= -746 ? 0 : double.NaN;

        // x = (32 e + j) ln 2 / 32 + r, so e^x = 2^e · 2^(j/32) · e^r with |r| < 0.011.
        var steps = (long)(x * StepsPerUnit + (x < 0 ? -0.5 : 0.5));
        var r = x - steps * StepHigh - steps * StepLow;
        var q = r * r;
        var expm1 = r + q * (0.5 + r * (1.0 / 6)) + q * q * (1.0 / 24 + r * (1.0 / 120) + q * (1.0 / 720));
        var root = Roots[(int)(steps & 31)];
        return Scale(root + root * expm1, (int)(steps >> 5));
    }

    /// <summary>
    /// The standard normal quantile: the z below which a normal variate falls with probability <paramref name="p"/>. Relative error about
    /// 1e-15. −∞ and ∞ for 0 and 1, NaN outside.
    /// </summary>
    /// <remarks>Rational approximations of M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988), 477–484.</remarks>
    public static double NormalQuantile(double p)
    {
        var q = p - 0.5;
        if (q >= -0.425 && q <= 0.425)
        {
            var r = 0.180625 - q * q;
            return q *
                (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                    + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
                    + 133.14166789178437745) * r + 3.3871328727963666080) /
                (((((((5226.4952788528545610 * r + 28729.085735721942674) * r + 39307.895800092710610) * r
                    + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.18700749205790830) * r
                    + 42.313330701600911252) * r + 1.0);
        }
        var tail = q < 0 ? p : 1 - p;
        if (!(tail > 0)) return tail == 0 ? (q < 0 ? double.NegativeInfinity : double.PositiveInfinity) : double.NaN;
        var z = TailQuantile(Math.Sqrt(-Log(tail)));
        return q < 0 ? -z : z;
    }

    private static double TailQuantile(double r)
    {
        if (r <= 5)
        {
            r -= 1.6;
            return (((((((7.74545014278341407640e-4 * r + 0.0227238449892691845833) * r + 0.241780725177450611770) * r
                    + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.76949722146069140550) * r
                    + 4.63033784615654529590) * r + 1.42343711074968357734) /
                (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 0.0151986665636164571966) * r
                    + 0.148103976427480074590) * r + 0.689767334985100004550) * r + 1.67638483018380384940) * r
                    + 2.05319162663775882187) * r + 1.0);
        }
        r -= 5;
        return (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
                + 0.0265321895265761230930) * r + 0.296560571828504891230) * r + 1.78482653991729133580) * r
                + 5.46378491116411436990) * r + 6.65790464350110377720) /
            (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
                + 7.86869131145613259100e-4) * r + 0.0148753612908506148525) * r + 0.136929880922735805310) * r
                + 0.599832206555887937690) * r + 1.0);
    }

    // v · 2^e. Near the ends of the range 2^e is not a normal number, so it is applied in two factors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Scale(double v, int e)
    {
        if (e is > -1020 and < 1020) return v * PowerOfTwo(e);
        return e > 0 ? v * PowerOfTwo(e - 100) * PowerOfTwo(100) : v * PowerOfTwo(e + 100) * PowerOfTwo(-100);
    }

    private static double PowerOfTwo(int e) => BitConverter.Int64BitsToDouble((e + 1023L) << 52);
}
