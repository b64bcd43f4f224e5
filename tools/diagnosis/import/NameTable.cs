using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Pcie.Diagnosis.Import;

/// <summary>Numbers for names that stand in a text as bytes. A name becomes a string when it is first met, and never again.</summary>
/// <remarks>Bounded, lest a hostile recording fill the memory with names: those beyond the bounds all count as one further name.</remarks>
internal sealed class NameTable<T>(Func<string, T> create)
{
    /// <summary>Different names that are told apart. A machine has hundreds of drivers, and thousands of processes.</summary>
    public const int MostNames = 1 << 16;

    /// <summary>The longest name that is told apart (bytes).</summary>
    public const int LongestName = 1024;

    /// <summary>What the others are called.</summary>
    public const string Others = "(further names)";

    private readonly Dictionary<byte[], T>.AlternateLookup<ReadOnlySpan<byte>> numbers =
        new Dictionary<byte[], T>(new ByteComparer()).GetAlternateLookup<ReadOnlySpan<byte>>();

    private (bool Exists, T? Number) others;

    /// <summary>How often a name was one of the others.</summary>
    public long Folded { get; private set; }

    public T this[ReadOnlySpan<byte> name]
    {
        get
        {
            if (name.Length > LongestName || numbers.Dictionary.Count >= MostNames) return Bounded(name);
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, name, out var exists);
            if (!exists) number = create(Encoding.UTF8.GetString(name));
            return number!;
        }
    }

    /// <summary>The number of a name that has one.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, [MaybeNullWhen(false)] out T number) => numbers.TryGetValue(name, out number);

    /// <summary>Tells the report of the names that were folded into one.</summary>
    public void Complete(ImportReport report)
    {
        if (Folded > 0)
            report.Note($"{Folded} events have names longer than {LongestName} bytes, or beyond the first {MostNames} different ones: "
                + $"they count as \"{Others}\".");
    }

    private T Bounded(ReadOnlySpan<byte> name)
    {
        if (numbers.TryGetValue(name, out var known)) return known;
        Folded++;
        if (!others.Exists) others = (true, create(Others));
        return others.Number!;
    }

    private sealed class ByteComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = 14695981039346656037UL ^ (ulong)alternate.Length;
            for (; alternate.Length >= 8; alternate = alternate[8..]) hash = Mix(hash ^ MemoryMarshal.Read<ulong>(alternate));
            foreach (var b in alternate) hash = (hash ^ b) * 1099511628211UL;
            return (int)(Mix(hash) >> 32);
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        private static ulong Mix(ulong x) => (x ^ x >> 29) * 0x9E3779B97F4A7C15UL;
    }
}
