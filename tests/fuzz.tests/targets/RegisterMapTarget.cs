using System.Text;
using Pcie.Emulator.Maps;
using Pcie.Registers;
using Pcie.Registers.Formats;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// Register maps in every format that is read. A refusal says where: file and line. What is taken can be written in every format, and made a card.
/// </summary>
internal sealed class RegisterMapTarget : IFuzzTarget
{
    private const int Ordinary = 2000;

    private static readonly byte[][] Samples =
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "maps")).Where(path => !path.EndsWith(".txt", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes),
    ];

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "{", "}", "[", "]", "(", ")", ";", "=", "@", "+=", "%=", "->", "::", "#(", "'{", "\"", "\\", "`", "<%", "/*", "*/", "//", "**", "<<",
            "?", ":",
            "addrmap ", "regfile ", "reg ", "field ", "enum ", "default ", "alias ", "external ", "property ", "regwidth = 64;", "sw = na;",
            "onread = rset;",
            "[1000000]", "[1 << 63]", "64'hFFFFFFFFFFFFFFFF", "-1", "0 - 1", "1 / 0", "ispresent = false;", "compact", "encode = mode_e;", "x::y",
            "<", ">", "</", "/>", "&#0;", "&lt;", "<![CDATA[", "<!DOCTYPE device [", "<dim>65536</dim>", "<dimIncrement>0</dimIncrement>", "%s",
            "[%s]",
            "derivedFrom=\"", "<bitRange>[63:0]</bitRange>", "<ipxact:dim>", "<ipxact:isPresent>0</ipxact:isPresent>", "0x", "#", "k",
            "+0x7FFFFFFFFFFFFFFF",
            ",", "\t", "\r\n", "\"\"", "31:0", "0=A 0=B", "configuration", "bar5", "W1SRC", "\uFEFF", "\0", "\u2028",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80],
    ];

    private static readonly string[] Endings = [".rdl", ".csv", ".svd", ".xml", ""];

    public byte[] Next(Mutator mutator) => [(byte)mutator.Below(Endings.Length), .. mutator.Spoil(Samples, Words)];

    public bool Take(byte[] input)
    {
        ImportedMap imported;
        try
        {
            imported = MapFile.Parse(Encoding.UTF8.GetString(input.AsSpan(1)), $"m{Endings[input[0] % Endings.Length]}");
        }
        catch (InvalidDataException e)
        {
            Assert.Matches(@"^m(\.\w+)?:\d+: .", e.Message);
            return false;
        }
        // A map of the greatest size is a sample of its own kind, and takes long.
        if (imported.Map.Blocks.Sum(block => block.Registers.Count) > Ordinary) return true;
        foreach (var format in MapFormat.All) Written(() => format.Write(imported.Map));
        if (Written(() => MapCard.IdentityOf(imported.Map, 1, 2))) Read(new MapCard(imported.Map));
        return true;
    }

    private static void Read(MapCard card)
    {
        foreach (var register in card.Registers.Registers) card.Registers.Read(register.Offset, 0xF);
        card.Reset();
    }

    // Two names that fall together, or a card that would be too large, are refused.
    private static bool Written<T>(Func<T> write)
    {
        try
        {
            write();
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
