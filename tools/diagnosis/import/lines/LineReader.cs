namespace Pcie.Diagnosis.Import.Lines;

/// <summary>Splits a stream of UTF-8 text into lines, in one buffer: no line becomes a string, and memory does not grow with the file.</summary>
internal sealed class LineReader(Stream stream, int bufferBytes = LineReader.DefaultBufferBytes)
{
    public const int DefaultBufferBytes = 1 << 20;

    private readonly byte[] buffer = new byte[bufferBytes];
    private int begin, end;
    private bool atEnd, skipping;

    /// <summary>Of the text, so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether the line last read had no end: the recording was cut off in it, or its last newline is missing.</summary>
    public bool IsUnterminated { get; private set; }

    /// <summary>Lines longer than the buffer, which are left out.</summary>
    public long Overlong { get; private set; }

    /// <summary>The next line without its end, valid until the next call. False at the end of the text.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = begin;
        while (true)
        {
            var newline = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = LineTo(searched + newline);
                begin = searched + newline + 1;
                if (!skipping) return true;
                skipping = false;
                searched = begin;
                continue;
            }
            searched = end;
            if (atEnd)
            {
                line = skipping ? default : LineTo(end);
                var any = !skipping && end > begin;
                IsUnterminated |= any;
                begin = end;
                return any;
            }
            searched -= MakeRoom();
            var read = stream.Read(buffer, end, buffer.Length - end);
            atEnd = read == 0;
            end += read;
            BytesRead += read;
        }
    }

    private ReadOnlySpan<byte> LineTo(int to)
    {
        var line = buffer.AsSpan(begin, to - begin);
        return line.Length > 0 && line[^1] == '\r' ? line[..^1] : line;
    }

    // How far the text moved down.
    private int MakeRoom()
    {
        if (end < buffer.Length) return 0;
        var moved = begin;
        if (begin == 0)
        {
            if (!skipping) Overlong++;
            skipping = true;
            moved = end;
            begin = end;
        }
        buffer.AsSpan(begin, end - begin).CopyTo(buffer);
        end -= moved;
        begin = 0;
        return moved;
    }
}
