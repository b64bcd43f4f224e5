using Pcie.Registers.Formats;

namespace Pcie.Registers.Tests;

/// <summary>Maps as text that differs where they do, and what a format is to bring back of one.</summary>
internal static class MapText
{
    public static string Of(DeviceMap map) => string.Join('\n', map.Blocks.SelectMany(block => block.Registers.SelectMany(Lines)
        .Prepend($"{block.Name} BAR {block.Bar} '{block.Title}' '{block.Description}'")).Prepend($"{map.Name} '{map.Description}'"));

    /// <summary>The map without what <see cref="MapLosses"/> says that the format does not carry.</summary>
    public static DeviceMap Carried(DeviceMap map, MapFormat format)
    {
        var losses = MapLosses.Of(map, format).ToList();
        var says = (string what) => losses.Any(loss => loss.StartsWith(what, StringComparison.Ordinal));
        return map with
        {
            Description = says("the description of the device") ? "" : map.Description,
            Blocks = [.. map.Blocks.Select(block => block with
            {
                Title = says("titles") ? "" : block.Title,
                Description = says("titles and descriptions of blocks") ? "" : block.Description,
                Registers = [.. block.Registers.Select(register => register with
                {
                    Fields = [.. register.Fields.Where(one => !says($"fields that are {one.Access.Name},")).Select(one => one with
                    {
                        Values = [.. one.Values.Select(value => says("descriptions of named values") ? value with { Description = "" } : value)],
                    })],
                })],
            })],
        };
    }

    private static IEnumerable<string> Lines(MapRegister register) => register.Fields.Select(one =>
            $"    {one.Name}[{one.Bits}] {one.Access} reset {one.Reset} '{one.Description}' "
            + string.Join(' ', one.Values.Select(value => $"{value.Name}={value.Value} '{value.Description}'")))
        .Prepend($"  {register.Name} 0x{register.Offset:X} {register.Width} '{register.Description}'");
}
