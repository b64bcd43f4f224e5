using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pcie.Randomness;

/// <summary>
/// Logarithm and exponential with the same bits on every machine. <see cref="Math"/> takes these from the C runtime
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

    // Adding it to a small number leaves the nearest integer in the low bits of the sum.
    private const double Rounder = 6755399441055744.0;
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Exp(double x)
    {
        if (!(x > -746 && x < 710)) return x >= 710 ? double.PositiveInfinity : x <= -746 ? 0 : double.NaN;

        // x = (32 e + j) ln 2 / 32 + r, so e^x = 2^e · 2^(j/32) · e^r with |r| < 0.011.
        var rounded = x * StepsPerUnit + Rounder;
        var step = (int)BitConverter.DoubleToInt64Bits(rounded);
        var steps = rounded - Rounder;
        var r = x - steps * StepHigh - steps * StepLow;
        var q = r * r;
        var expm1 = r + q * (0.5 + r * (1.0 / 6)) + q * q * (1.0 / 24 + r * (1.0 / 120) + q * (1.0 / 720));
        var root = Roots[step & 31];
        return Scale(root + root * expm1, step >> 5);
    }

    /// <summary>Each of them to its <see cref="Exp(double)"/>, with the same bits; several side by side where the processor can.</summary>
    public static void Exp(Span<double> values)
    {
        var done = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; done <= values.Length - Vector256<double>.Count; done += Vector256<double>.Count)
            {
                var four = values.Slice(done, Vector256<double>.Count);
                if (!TryExp(four)) foreach (ref var value in four) value = Exp(value);
            }
        }
        foreach (ref var value in values[done..]) value = Exp(value);
    }

    // Operation by operation as above; no result is near the ends of the range.
    private static bool TryExp(Span<double> four)
    {
        var x = Vector256.Create<double>(four);
        if (!Vector256.LessThanAll(Vector256.Abs(x), Vector256.Create(700.0))) return false;
        var rounder = Vector256.Create(Rounder);
        var rounded = x * StepsPerUnit + rounder;
        var step = rounded.AsInt64() - rounder.AsInt64();
        var steps = rounded - rounder;
        var r = x - steps * StepHigh - steps * StepLow;
        var q = r * r;
        var expm1 = r + q * (Vector256.Create(0.5) + r * (1.0 / 6))
            + q * q * (Vector256.Create(1.0 / 24) + r * (1.0 / 120) + q * (1.0 / 720));
        var place = step & Vector256.Create(31L);
        var root = Vector256.Create(Roots[(int)place[0]], Roots[(int)place[1]], Roots[(int)place[2]], Roots[(int)place[3]]);
        // 2^e, with 32 e in place of e.
        var power = ((step - place) << 47) + Vector256.Create(1023L << 52);
        ((root + root * expm1) * power.AsDouble()).CopyTo(four);
        return true;
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
