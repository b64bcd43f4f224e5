using System.Globalization;

namespace Pcie.Diagnosis.Rates;

/// <summary>A rate, and an interval of it, with the digits that they are good for.</summary>
public static class RateText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static string Of(double perDay) => perDay switch
    {
        0 => "0",
        < 1e-9 => "<1e-9",
        < 0.001 => perDay.ToString("0.0e0", Culture),
        < 100 => perDay.ToString("0.0##", Culture),
        _ => perDay.ToString("#,0", Culture),
    };

    public static string IntervalOf(LossRate rate) => $"{Of(rate.Low)} to {Of(rate.High)}";
}
