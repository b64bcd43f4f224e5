namespace Pcie.Randomness;

/// <summary>How likely a standard normal variate is greater than something, to a relative error of 1e-12, far out as well.</summary>
internal static class NormalTail
{
    private const double Density = 0.3989422804014327;
    private const double Farthest = 37;

    /// <summary>The probability of more than this.</summary>
    public static double Beyond(double z)
    {
        if (z < 0) return 1 - Beyond(-z);
        var density = Density * PortableMath.Exp(-0.5 * z * z);
        // Near the middle by the power series of the distribution function, further out by Laplace's continued fraction.
        if (z < 3)
        {
            var (term, sum) = (z, z);
            for (var n = 3; term > 1e-17 * sum; n += 2) sum += term *= z * z / n;
            return 0.5 - density * sum;
        }
        var fraction = z;
        for (var k = 60; k > 0; k--) fraction = z + k / fraction;
        return density / fraction;
    }

    /// <summary>What is exceeded with this probability.</summary>
    public static double Inverse(double probability)
    {
        var (low, high) = (-Farthest, Farthest);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (Beyond(middle) > probability) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }
}
