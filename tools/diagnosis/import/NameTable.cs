using System.Runtime.InteropServices;
using System.Text;

namespace Pcie.Diagnosis.Import;

/// <summary>Numbers for names that stand in a text as bytes. A name becomes a string when it is first met, and never again.</summary>
internal sealed class NameTable<T>(Func<string, T> create)
{
    private readonly Dictionary<byte[], T>.AlternateLookup<ReadOnlySpan<byte>> numbers =
        new Dictionary<byte[], T>(new ByteComparer()).GetAlternateLookup<ReadOnlySpan<byte>>();

    public T this[ReadOnlySpan<byte> name]
    {
        get
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, name, out var exists);
            if (!exists) number = create(Encoding.UTF8.GetString(name));
            return number!;
        }
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
