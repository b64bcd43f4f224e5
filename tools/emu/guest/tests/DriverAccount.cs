namespace Pcie.Emu.Guest.Tests;

/// <summary>The account of a run, of which the driver has counted one side and the card the other.</summary>
internal static class DriverAccount
{
    /// <summary>
    /// When the source has ended and the driver has drained: produced = delivered + refused + missing + what is newer than the last chunk seen, of
    /// which there is none, and missing = overwritten + dropped.
    /// </summary>
    /// <param name="figures">As the driver shows them in sysfs; those that begin with card_ it has read from the card.</param>
    /// <param name="spoilt">Chunks of which something is wrong.</param>
    /// <param name="errors">Times that the card reported an error.</param>
    public static void Check(string run, IReadOnlyDictionary<string, long> figures, GuestVerdict verdict, long spoilt = 0, long errors = 0)
    {
        var copied = figures["chunks_copied"];
        var overwritten = figures["card_written"] - copied;
        verdict.Equal($"{run}: produced, by what became of the chunks",
            figures["card_produced"], figures["chunks_delivered"] + figures["chunks_refused"] + overwritten + figures["card_dropped"]);
        verdict.Equal($"{run}: gaps that the driver saw in the sequence", overwritten + figures["card_dropped"], figures["chunks_missing"]);
        verdict.Equal($"{run}: copied chunks that were neither delivered nor refused",
            0L, copied - figures["chunks_delivered"] - figures["chunks_refused"]);
        verdict.Equal($"{run}: wrong checksums", spoilt, figures["checksum_errors"]);
        verdict.Equal($"{run}: errors reported by the card", errors, figures["errors_reported"]);
    }
}
