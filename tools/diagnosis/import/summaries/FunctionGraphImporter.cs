using System.Globalization;
using System.Text.RegularExpressions;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Summaries;

/// <summary>
/// ftrace's <c>function_graph</c>: how long each function took, with what it called and what interrupted it. It has no times, so no wait can be told.
/// </summary>
internal sealed partial class FunctionGraphImporter(ImportReport report) : ILineImporter
{
    private const int MaxDepth = 256, MaxProcessors = 4096;

    private readonly MachineSummary summary = new();

    // The closing line of a function need not name it.
    private readonly Dictionary<int, Stack<string>> open = [];

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        var text = CleanText.Of(line);
        if (text.Trim().Length == 0 || text.TrimStart()[0] is '#' or '-') return;
        if (Call().Match(text) is { Success: true } call) ReadCall(call);
        else if (LossLine.TryRead(line, out var loss))
        {
            if (loss.What == LossLine.Kind.Nothing) return;
            report.Note($"Events are missing ({text.Trim()}): what was open there is not counted.");
            open.Clear();
        }
        else if (!text.Contains("=>", StringComparison.Ordinal) && !text.Contains("==>", StringComparison.Ordinal)
            && !text.Contains("<==", StringComparison.Ordinal) && !text.Contains("/*", StringComparison.Ordinal))
            report.Refuse("line of another kind", line);
    }

    public void Complete()
    {
        report.Summary = summary;
        report.Note("function_graph tells how long functions took, with all that they called and that interrupted them, and not when: "
            + "record events for waits. The tracer itself makes every function longer.");
    }

    private void ReadCall(Match call)
    {
        var cpu = call.Groups["cpu"].Success ? int.Parse(call.Groups["cpu"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        if (cpu >= MaxProcessors) return;
        if (!open.TryGetValue(cpu, out var stack)) open.Add(cpu, stack = new Stack<string>());
        var name = call.Groups["name"].Value;
        if (call.Groups["opens"].Success)
        {
            if (stack.Count < MaxDepth) stack.Push(name);
            return;
        }
        if (call.Groups["closes"].Success)
        {
            if (!stack.TryPop(out var begun)) begun = null;
            if (name.Length == 0) name = begun ?? "(function that began before)";
        }
        if (!call.Groups["us"].Success || summary.At("function", name) is not { } row) return;
        if (!decimal.TryParse(call.Groups["us"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var microseconds)) return;
        row.Add(new Duration((long)(microseconds * 1_000)));
    }

    // " 1) ! 120.123 us  |  } /* handle_irq_event */", " 0)   0.541 us    |    rcu_irq_enter();", " 0)               |  irq_enter() {"; between the
    // processor and the duration there may be columns of the task and the latency format.
    [GeneratedRegex(@"^(?:\s*\d+\.\d+\s*\|)?\s*(?:(?<cpu>\d{1,5})\))?(?:[^|]*\|){0,2}[^|]*?"
        + @"(?:(?<us>\d{1,12}(?:\.\d{1,6})?) us)?\s*\|\s+(?:(?<closes>\})"
        + @"(?:\s*/\* (?<name>[\w.]+)[^*]*\*/)?|(?<name>[\w.]+)(?: \[\w+\])?\(.*?\)(?: \[\w+\])?(?:;|(?<opens>\s*\{)))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Call();
}
