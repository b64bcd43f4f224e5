using System.Runtime.CompilerServices;

namespace Pcie.Randomness;

/// <summary>
/// Standard exponential and standard normal variates, exactly distributed, for the price of a multiplication and a comparison in some
/// 99 of 100 draws.
/// </summary>
/// <remarks>
/// <para>G. Marsaglia and W. W. Tsang, "The ziggurat method for generating random variables", Journal of Statistical Software 5 (2000): the
/// falling density is covered by layers of equal area, of which one is picked and a point in it; nearly always the point lies left of
/// the layer above and so certainly below the density.</para>
/// <para>How many numbers a draw takes from the stream depends on these numbers alone. No draw allocates; the bits are the same on every
/// machine, as those of <see cref="PortableMath"/> are.</para>
/// </remarks>
internal sealed class Ziggurat
{
    private const int Layers = 256;

    // Where the tail begins, such that 256 layers of equal area, the lowest of them with the tail, end exactly at the density's peak.
    private const double ExponentialTail = 7.697117470131050, NormalTail = 3.6541528853610088;

    private static readonly Ziggurat ExponentialLayers = new(ExponentialTail, 0.003949659822581557,
        x => PortableMath.Exp(-x), y => -PortableMath.Log(y));

    private static readonly Ziggurat NormalLayers = new(NormalTail, 0.004928673233974655,
        x => PortableMath.Exp(-0.5 * x * x), y => Math.Sqrt(-2 * PortableMath.Log(y)));

    // Of layer i: its right edge and the density there. Layer 0 has the tail: its edge is where a rectangle of its area would end.
    private readonly double[] edges = new double[Layers + 1];
    private readonly double[] densities = new double[Layers + 1];

    private Ziggurat(double tail, double area, Func<double, double> density, Func<double, double> inverse)
    {
        edges[0] = area / density(tail);
        edges[1] = tail;
        densities[1] = density(tail);
        for (var i = 2; i < Layers; i++)
        {
            densities[i] = densities[i - 1] + area / edges[i - 1];
            edges[i] = inverse(densities[i]);
        }
        densities[Layers] = 1;
    }

    /// <summary>Mean 1; never negative.</summary>
    public static double NextExponential(RandomStream stream) => NextExponential(stream.NextUInt64(), stream);

    /// <summary>As many of these as there is room for.</summary>
    public static void FillExponential(Span<double> into, RandomStream stream)
    {
        var state = stream.State;
        foreach (ref var variate in into)
        {
            var bits = state.Next();
            if (ExponentialLayers.TryPick(bits, out variate, out _)) continue;
            stream.State = state;
            variate = NextExponential(bits, stream);
            state = stream.State;
        }
        stream.State = state;
    }

    /// <summary>Mean 0, standard deviation 1.</summary>
    public static double NextNormal(RandomStream stream) => NextNormal(stream.NextUInt64(), stream);

    /// <summary>As many of these as there is room for.</summary>
    public static void FillNormal(Span<double> into, RandomStream stream)
    {
        var state = stream.State;
        foreach (ref var variate in into)
        {
            var bits = state.Next();
            if (NormalLayers.TryPick(bits, out variate, out _))
            {
                variate = Signed(variate, bits);
                continue;
            }
            stream.State = state;
            variate = NextNormal(bits, stream);
            state = stream.State;
        }
        stream.State = state;
    }

    private static double NextExponential(ulong bits, RandomStream stream)
    {
        var beyond = 0.0;
        while (true)
        {
            if (ExponentialLayers.TryPick(bits, out var x, out var layer)) return beyond + x;
            // The tail of an exponential distribution is that distribution again.
            if (layer == 0) beyond += ExponentialTail;
            else if (ExponentialLayers.HeightIn(layer, stream) < PortableMath.Exp(-x)) return beyond + x;
            bits = stream.NextUInt64();
        }
    }

    private static double NextNormal(ulong bits, RandomStream stream)
    {
        while (true)
        {
            if (NormalLayers.TryPick(bits, out var x, out var layer)
                || (layer > 0 && NormalLayers.HeightIn(layer, stream) < PortableMath.Exp(-0.5 * x * x))) return Signed(x, bits);
            if (layer == 0) return Signed(NextInNormalTail(stream), bits);
            bits = stream.NextUInt64();
        }
    }

    // 53 bits are the place within the layer, 8 others its number; one of those between is the sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryPick(ulong bits, out double x, out int layer)
    {
        layer = (int)(bits & (Layers - 1));
        x = RandomStream.UnitInterval(bits) * edges[layer];
        return x < edges[layer + 1];
    }

    private double HeightIn(int layer, RandomStream stream) =>
        densities[layer] + stream.NextDouble() * (densities[layer + 1] - densities[layer]);

    // G. Marsaglia, "Generating a variable from the tail of the normal distribution", Technometrics 6 (1964).
    private static double NextInNormalTail(RandomStream stream)
    {
        while (true)
        {
            var x = -PortableMath.Log(stream.NextOpenDouble()) / NormalTail;
            var y = -PortableMath.Log(stream.NextOpenDouble());
            if (y + y > x * x) return NormalTail + x;
        }
    }

    // Without a branch, which would be guessed wrong every other time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Signed(double x, ulong bits) =>
        BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(x) | (bits & Layers) << 55);
}
