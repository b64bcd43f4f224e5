using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Pcie.Qtest;

/// <summary>A thread of QEMU's, as Linux shows it: whether it sleeps, and how often it has begun to run.</summary>
/// <param name="path">Its folder in /proc.</param>
internal sealed class QemuThread(string path) : IDisposable
{
    // proc(5): behind the name, which stands in brackets, the state is the first field, and the number of threads the eighteenth.
    private const int ThreadsField = 17;

    private readonly byte[] line = new byte[512];
    private SafeFileHandle? state, counts;
    private long runs, restedAt;

    public string Path => path;

    /// <summary>Whether it had not begun to run between the last two times at which all slept. Where that is not counted, it never is.</summary>
    public bool IsQuiet { get; private set; }

    /// <summary>Whether there was none any more when it was looked at.</summary>
    public bool HasEnded { get; private set; }

    /// <param name="threads">Of its process.</param>
    public bool IsAsleep(out int threads)
    {
        threads = 0;
        if (!TryRead("stat", ref state, out var fields)) return false;
        fields = fields[(fields.LastIndexOf((byte)')') + 2)..];
        var isAsleep = fields[0] is (byte)'S' or (byte)'Z' or (byte)'X';
        for (var i = 0; i < ThreadsField; i++) fields = fields[(fields.IndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(fields, out threads, out _) && isAsleep;
    }

    /// <summary>Takes down how often it has begun to run.</summary>
    public void CountRuns() => runs = Runs;

    /// <summary>Whether it has begun to run since that was taken down; it is not quiet then.</summary>
    public bool HasRun()
    {
        if (Runs == runs) return false;
        IsQuiet = false;
        return true;
    }

    /// <summary>All sleep.</summary>
    public void Rest()
    {
        IsQuiet = runs > 0 && runs == restedAt;
        restedAt = runs;
    }

    public void Dispose()
    {
        state?.Dispose();
        counts?.Dispose();
    }

    // Linux' Documentation/scheduler/sched-stats: the last of three numbers. 0 where it is not counted.
    private long Runs => TryRead("schedstat", ref counts, out var text) && text.TrimEnd((byte)'\n') is var numbers
        && Utf8Parser.TryParse(numbers[(numbers.LastIndexOf((byte)' ') + 1)..], out long count, out _) ? count : 0;

    private bool TryRead(string name, ref SafeFileHandle? file, out ReadOnlySpan<byte> text)
    {
        text = default;
        try
        {
            file ??= File.OpenHandle(System.IO.Path.Combine(path, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            text = line.AsSpan(0, RandomAccess.Read(file, line, 0));
        }
        catch (IOException)
        {
            HasEnded = !Directory.Exists(path);
        }
        return text.Length > 0;
    }
}
