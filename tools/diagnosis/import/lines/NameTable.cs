using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Import.Lines;

/// <summary>Numbers for names that stand in a text as bytes. A name becomes a string when it is first met, and never again.</summary>
/// <remarks>Bounded, lest a hostile recording fill the memory with names: those beyond the bounds all count as one further name.</remarks>
internal sealed class NameTable<T>(Func<string, T> create)
{
    /// <summary>Different names that are told apart. A machine has hundreds of drivers, and thousands of processes.</summary>
    public const int MaxNames = 1 << 16;

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
            if (name.Length > LongestName || numbers.Dictionary.Count >= MaxNames) return Bounded(name);
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, name, out var exists);
            if (!exists) number = create(CleanText.Of(name));
            return number!;
        }
    }

    /// <summary>The number of a name that has one.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, [MaybeNullWhen(false)] out T number) => numbers.TryGetValue(name, out number);

    /// <summary>Tells the report of the names that were folded into one.</summary>
    public void Complete(ImportReport report)
    {
        if (Folded > 0)
            report.Note($"{Folded} events have names longer than {LongestName} bytes, or beyond the first {MaxNames} different ones: "
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

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash3.HashToUInt64(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
