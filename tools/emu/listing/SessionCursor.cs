using Pcie.Link.Recording;

namespace Pcie.Emu.Listing;

/// <summary>Goes through a recording, looking at some of its TLPs only.</summary>
/// <param name="wanted">Which; null for all.</param>
internal sealed class SessionCursor(string path, Func<RecordedTlp, bool>? wanted = null) : IDisposable
{
    private readonly SessionReader reader = SessionReader.Open(path);
    private RecordedTlp current;

    public SessionReader Reader => reader;

    /// <summary>The one that <see cref="MoveNext"/> found; its payload is valid until the next call.</summary>
    public ref readonly RecordedTlp Current => ref current;

    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">The recording is damaged there.</exception>
    public bool MoveNext()
    {
        while (reader.TryRead(out current))
            if (wanted is null || wanted(current)) return true;
        return false;
    }

    public void Dispose() => reader.Dispose();
}
