namespace Pcie.Trace;

/// <summary>
/// Writes a recording as comma-separated values: a header, then a line for each event, ended by a line feed. Texts are quoted as RFC 4180
/// says. The processor is empty for what did not happen on one; a kind or source without a name is its number.
/// </summary>
/// <remarks>Allocates nothing per event.</remarks>
public sealed class CsvTraceExporter
{
    private const string Header = "time_ns,side,processor,kind,source,a,b\n";

    // The longest line but for its source: five numbers of 20 characters, the side, the longest kind, and commas.
    private const int LineLength = 200;

    private static readonly string?[] Kinds = KindNames();

    private readonly TextWriter writer;
    private readonly string[][] sources;
    private readonly char[] buffer = new char[16384];
    private int used;

    private CsvTraceExporter(ITraceContent recording, TextWriter writer)
    {
        this.writer = writer;
        sources = [[.. recording.Sources(TraceSide.Host).Select(Quoted)], [.. recording.Sources(TraceSide.Device).Select(Quoted)]];
    }

    /// <summary>Writes the whole recording. The writer is neither flushed nor closed.</summary>
    public static void Write(ITraceContent recording, TextWriter writer)
    {
        var exporter = new CsvTraceExporter(recording, writer);
        exporter.Append(Header);
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
                exporter.Append(e);
        exporter.Flush();
    }

    private void Append(in TraceEvent e)
    {
        if (buffer.Length - used < LineLength) Flush();
        Append(e.Time.Nanoseconds);
        Append(e.Side == TraceSide.Host ? ",host," : ",device,");
        if (e.Processor != TraceEvent.NoProcessor) Append(e.Processor);
        Append(",");
        if ((int)e.Kind < Kinds.Length && Kinds[(int)e.Kind] is { } kind) Append(kind);
        else Append((long)e.Kind);
        Append(",");
        var names = sources[(int)e.Side];
        if (e.Source < names.Length) AppendLong(names[e.Source]);
        else Append(e.Source);
        Append(",");
        Append(e.A);
        Append(",");
        Append(e.B);
        Append("\n");
    }

    private void Append(long number)
    {
        number.TryFormat(buffer.AsSpan(used), out var length, provider: null);
        used += length;
    }

    private void Append(string text)
    {
        text.CopyTo(buffer.AsSpan(used));
        used += text.Length;
    }

    // A name may be longer than what is left of the buffer, or than all of it.
    private void AppendLong(string text)
    {
        if (text.Length > buffer.Length - used - LineLength)
        {
            Flush();
            writer.Write(text);
        }
        else
        {
            Append(text);
        }
    }

    private void Flush()
    {
        writer.Write(buffer, 0, used);
        used = 0;
    }

    private static string Quoted(TraceSource source) =>
        source.Name.AsSpan().ContainsAny(",\"\r\n") ? $"\"{source.Name.Replace("\"", "\"\"")}\"" : source.Name;

    private static string?[] KindNames()
    {
        var names = new string?[(int)Enum.GetValues<TraceKind>().Max() + 1];
        foreach (var kind in Enum.GetValues<TraceKind>()) names[(int)kind] = kind.ToString();
        return names;
    }
}
