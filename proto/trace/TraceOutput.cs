using System.Text;

namespace Pcie.Trace;

/// <summary>Writes a recording to a file in the format that its name says.</summary>
public static class TraceOutput
{
    /// <summary>CSV if the name ends in <c>.csv</c>, else the binary format of <see cref="TraceFile"/>.</summary>
    public static void Write(ITraceContent recording, string path)
    {
        using var stream = File.Create(path);
        if (!path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            TraceFile.Write(recording, stream);
            return;
        }
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16);
        CsvTraceExporter.Write(recording, writer);
    }
}
