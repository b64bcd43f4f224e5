using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Pcie.Qtest;

/// <summary>
/// QEMU's clock, read where QEMU keeps it. While a device reads or writes memory QEMU answers nothing, and when that is cannot be asked; but in a
/// step of the clock it is what the transaction's time is.
/// </summary>
internal sealed class QemuClock : IDisposable
{
    // The accelerator qtest, which has the clock as a variable of its own.
    private const string Module = "accel-qtest";

    private readonly SafeFileHandle memory;
    private readonly byte[] value = new byte[sizeof(long)];
    private List<long> places;

    private QemuClock(SafeFileHandle memory, List<long> places) => (this.memory, this.places) = (memory, places);

    /// <summary>Null until it is known which of the places it is.</summary>
    public long? Now => IsFound && TryRead(places[0], out var now) ? now : null;

    public bool IsFound => places.Count == 1;

    /// <summary>Looks for a place that says what the clock has just been set to.</summary>
    /// <returns>Null if this system does not let one process look into another, or nothing says so.</returns>
    public static QemuClock? Find(int process, long now)
    {
        try
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/");
            var ranges = Writable(File.ReadLines($"{name}maps")).ToList();
            var memory = File.OpenHandle($"{name}mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var places = new List<long>();
            foreach (var (start, end) in ranges)
            {
                var bytes = new byte[end - start];
                var length = RandomAccess.Read(memory, bytes, start);
                for (var at = 0; at + sizeof(long) <= length; at += sizeof(long))
                    if (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)) == now) places.Add(start + at);
            }
            return places.Count > 0 ? new QemuClock(memory, places) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps the places that say so now, too.</summary>
    public void Confirm(long now) => places = [.. places.Where(place => TryRead(place, out var read) && read == now)];

    public void Dispose() => memory.Dispose();

    private bool TryRead(long place, out long read)
    {
        read = 0;
        try
        {
            if (RandomAccess.Read(memory, value, place) != value.Length) return false;
        }
        catch (IOException)
        {
            return false;
        }
        read = BinaryPrimitives.ReadInt64LittleEndian(value);
        return true;
    }

    // Of the module: its data, and the rest of its last page or the anonymous memory behind it.
    private static IEnumerable<(long Start, long End)> Writable(IEnumerable<string> maps)
    {
        var isBehind = false;
        foreach (var line in maps)
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var isModule = fields.Length > 5 && fields[5].Contains(Module, StringComparison.Ordinal);
            if (fields[1].StartsWith("rw", StringComparison.Ordinal) && (isModule || (isBehind && fields.Length == 5)))
            {
                var ends = fields[0].Split('-');
                yield return (long.Parse(ends[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                    long.Parse(ends[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            }
            isBehind = isModule;
        }
    }
}
