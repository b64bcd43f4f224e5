using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Pcie.Files;

namespace Pcie.Qtest;

/// <summary>A QEMU that runs for a link, and no longer than this process, however that ends.</summary>
internal sealed class QemuProcess : IQemu
{
    private const int LastWords = 4000, LinesQuoted = 4;

    private static readonly TimeSpan EndingTime = TimeSpan.FromSeconds(2);

    private readonly KeptProcess kept;
    private readonly StringBuilder said = new();
    private readonly QemuThreads threads;
    private QemuClock? clock;

    private QemuProcess(ProcessStartInfo start)
    {
        kept = new KeptProcess(start, Listen);
        threads = new QemuThreads(kept.Process.Id);
    }

    /// <inheritdoc/>
    public long? Clock => clock?.Now;

    /// <inheritdoc/>
    public bool ShowsClock => clock is { IsFound: true };

    /// <inheritdoc/>
    public bool IsAtRest => threads.AreAsleep;

    public bool HasEnded => kept.HasEnded;

    /// <exception cref="IOException">It cannot be started.</exception>
    public static QemuProcess Start(QemuProgram program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program.Command[0], [.. program.Command.Skip(1), .. arguments])
        {
            RedirectStandardError = true, RedirectStandardInput = true,
        };
        if (program.ModuleFolder is { } folder) start.Environment["QEMU_MODULE_DIR"] = folder;
        try
        {
            return new QemuProcess(start);
        }
        catch (Win32Exception e)
        {
            throw new IOException($"QEMU cannot be started: {e.Message}. Remove {QemuProgram.DefaultCache} and run 'emu guest --prepare'.");
        }
    }

    /// <inheritdoc/>
    public void ClockIsAt(long now)
    {
        if (clock is null) clock = QemuClock.Find(kept.Process.Id, now);
        else clock.Confirm(now);
    }

    /// <inheritdoc/>
    public string WhyGone()
    {
        kept.WaitForEnd(EndingTime);
        string words;
        lock (said) words = said.ToString();
        // It warns when it starts, and goes on.
        var lines = words.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.Contains(": warning: ", StringComparison.Ordinal)).TakeLast(LinesQuoted)
            .Select(line => PrintableText.Of(line, 200)).ToList();
        return lines.Count == 0 ? "QEMU has ended without a word: it was killed, or there is no memory. Attach again."
            : $"QEMU has ended, and says: {string.Join(" | ", lines)}. Is it the device or its properties? 'qtest:edu' is a device that there is.";
    }

    public void Dispose()
    {
        kept.Dispose();
        clock?.Dispose();
        threads.Dispose();
    }

    private void Listen(Process process)
    {
        var some = new char[512];
        while (process.StandardError.Read(some) is > 0 and var length)
            lock (said)
            {
                said.Append(some, 0, length);
                if (said.Length > LastWords) said.Remove(0, said.Length - LastWords);
            }
    }
}
