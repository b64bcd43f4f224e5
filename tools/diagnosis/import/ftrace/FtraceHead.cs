using System.Buffers;

namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>Lines that the tools print besides events.</summary>
internal static class FtraceHead
{
    private static readonly SearchValues<byte> Hexadecimal = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Whether it is one: a version, the number of processors, a stack of the event before, a rule.</summary>
    public static bool IsHead(ReadOnlySpan<byte> line)
    {
        line = line.Trim((byte)' ');
        if (IsOfStack(line)) return true;
        return line[0] == '#' || line.StartsWith("=> "u8) || line.StartsWith("version = "u8) || line.StartsWith("cpus="u8)
            || line.IndexOf(": cpus="u8) > 0 || (line.StartsWith("CPU "u8) && line.EndsWith(" is empty"u8)) || line.SequenceEqual("<stack trace>"u8)
            || line.IndexOfAnyExcept("-=_ "u8) < 0;
    }

    // perf's: "ffffffff81a02c4e asm_common_interrupt+0x1e ([kernel.kallsyms])".
    private static bool IsOfStack(ReadOnlySpan<byte> line)
    {
        var digits = line.IndexOfAnyExcept(Hexadecimal);
        return digits >= 4 && line[digits] == ' ' && line[^1] == ')' && line.LastIndexOf(" ("u8) > digits;
    }
}
