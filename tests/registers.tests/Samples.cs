using Pcie.Registers.Formats;

namespace Pcie.Registers.Tests;

/// <summary>Files in the spellings of others' tools, written anew for these tests.</summary>
internal static class Samples
{
    public static ImportedMap Load(string name) => MapFile.Load(PathOf(name));

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "samples",
        name.Split('#')[0]) + name[name.Split('#')[0].Length..];

    /// <summary>The registers in a line each: place, name, and of each field bits, access and reset value.</summary>
    public static IEnumerable<string> Lines(ImportedMap imported) => imported.Map.Blocks.SelectMany(block => block.Registers).Select(register =>
        $"{register.Offset:X} {register.Name}/{register.Width} " + string.Join(' ', register.Fields.Select(one =>
            $"{one.Name}[{one.Bits}]{one.Access}{(one.Reset is { } reset ? $"={reset:X}" : "")}")));
}
