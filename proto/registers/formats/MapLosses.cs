using Pcie.Registers.Reading;

namespace Pcie.Registers.Formats;

/// <summary>What a format has no word for, so that a map that is written in it and read again says less.</summary>
public static class MapLosses
{
    /// <summary>What of a map a format does not carry, each a sentence; none if it carries all.</summary>
    public static IEnumerable<string> Of(DeviceMap map, MapFormat format)
    {
        var fields = map.Blocks.SelectMany(block => block.Registers).SelectMany(register => register.Fields).ToList();
        if (format == MapFormat.SystemRdl || format == MapFormat.Csv)
        {
            if (map.Description.Length > 0) yield return "the description of the device";
        }
        if (format == MapFormat.Svd && map.Blocks.Any(block => block.Title.Length > 0)) yield return "titles of blocks";
        if (format == MapFormat.Csv)
        {
            if (map.Blocks.Any(block => block.Title.Length > 0 || block.Description.Length > 0)) yield return "titles and descriptions of blocks";
            if (fields.Any(field => field.Values.Any(value => value.Description.Length > 0))) yield return "descriptions of named values";
        }
        if (format == MapFormat.Svd || format == MapFormat.IpXact)
            foreach (var access in fields.Select(field => field.Access).Distinct().Where(access => AccessWords.Of(access) is null))
                yield return $"fields that are {access.Name}, which are left out";
        if (format == MapFormat.C || format == MapFormat.Verilog || format == MapFormat.Python || format == MapFormat.CSharp)
        {
            if (format != MapFormat.CSharp) yield return "what reading and writing do, but as a comment";
            if (fields.Any(field => field.Reset is null)) yield return "reset values that nobody said, which are 0";
        }
        if (format == MapFormat.CSharp && map.Blocks.Any(block => block.Bar is null)) yield return "configuration space, which is not the card's";
    }
}
