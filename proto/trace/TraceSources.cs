namespace Pcie.Trace;

/// <summary>What the names of a trace's sources tell.</summary>
public static class TraceSources
{
    /// <summary>Whether a source is a message of the device under study, rather than another driver: the framework names them so.</summary>
    public static bool IsMessageOfDevice(string source) => source.Contains(" message ", StringComparison.Ordinal);
}
