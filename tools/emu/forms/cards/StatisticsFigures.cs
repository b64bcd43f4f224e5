using System.ComponentModel;
using System.Globalization;
using Pcie.Control.Wire;
using Pcie.Tables;

namespace Pcie.Emu.Forms.Cards;

/// <summary>The counters of a running card, as JSON.</summary>
[JsonForm("statistics/1")]
public sealed record StatisticsFigures : JsonForm
{
    [Description("Who is attached; empty if nobody.")]
    public required string Host { get; init; }

    [Description("By name, as in chunks.produced; since the card was powered or attached, whichever was later.")]
    public required SortedDictionary<string, ulong> Counters { get; init; }

    [Description("Digest of the card's side of the trace so far, in hexadecimal.")]
    public required string TraceDigest { get; init; }

    [Description("SHA-256 of the bytes that the source has produced so far, in hexadecimal; empty if it is not kept.")]
    public required string SourceSha256 { get; init; }

    public static StatisticsFigures Of(Statistics statistics) => new()
    {
        Host = statistics.HostName,
        Counters = new SortedDictionary<string, ulong>(statistics.Counters, StringComparer.Ordinal),
        TraceDigest = statistics.TraceDigest.ToString("x16", CultureInfo.InvariantCulture),
        SourceSha256 = Convert.ToHexStringLower(statistics.SourceSha256.Span),
    };
}
