using System.Buffers.Binary;
using System.Globalization;
using Pcie.Pci.Memory;
using Pcie.Scenario;
using Pcie.TestKit;

namespace Pcie.Emu.Checking;

/// <summary>
/// Host memory that a profile's device is told of: descriptors, queues, data. Its words are numbers of 32 bits, or halves of the address of memory
/// as in <c>low(data)</c>; behind them are zeros.
/// </summary>
internal sealed class ProfileMemory
{
    private const int MostBytes = 1 << 20;

    private readonly Dictionary<string, Block> blocks = new(StringComparer.Ordinal);
    private readonly int addressWidth;
    private TestBench? bench;

    /// <exception cref="ScenarioException">Something is impossible.</exception>
    public ProfileMemory(ScenarioTable profile)
    {
        addressWidth = profile.Has("address-width") ? (int)profile.Integer("address-width", 25, 64) : 64;
        foreach (var table in profile.Tables("memory"))
        {
            var name = table.Text("name");
            var block = new Block((int)table.Bytes("bytes", 4, MostBytes), table.Has("words")
                ? table.Text("words").Split(' ', StringSplitOptions.RemoveEmptyEntries) : []);
            if (block.Words.Count > block.Bytes / sizeof(uint)) throw table.Refusal("words", $"{block.Words.Count} words, and {block.Bytes} bytes");
            if (!blocks.TryAdd(name, block)) throw table.Refusal("name", $"there is memory {name} already");
            table.RefuseUnknownKeys();
        }
        foreach (var table in profile.Tables("memory"))
            foreach (var word in blocks[table.Text("name")].Words) Check(word, table, "words");
    }

    public bool Has(string name) => blocks.ContainsKey(name);

    /// <exception cref="ScenarioException">It is no number, and no half of an address.</exception>
    public void Check(string word, ScenarioTable table, string key)
    {
        if (NumberOf(word) is null && !(PartsOf(word) is { } parts && Has(parts.Name)))
            throw table.Refusal(key, $"{word} is no value; expected a number of 32 bits, as in 0x20, or low(NAME) or high(NAME) of memory that "
                + "[[profile.memory]] names");
    }

    /// <summary>What a word is for this bench.</summary>
    public uint ValueOf(TestBench bench, string word)
    {
        if (NumberOf(word) is { } number) return number;
        var (half, name) = PartsOf(word)!.Value;
        var address = Of(bench, name).Address;
        return half == "low" ? (uint)address : (uint)(address >> 32);
    }

    /// <summary>Of this bench, filled when it is first asked for.</summary>
    public HostBuffer Of(TestBench bench, string name)
    {
        if (this.bench != bench)
        {
            this.bench = bench;
            foreach (var one in blocks.Values) one.Buffer = null;
        }
        var block = blocks[name];
        if (block.Buffer is { } buffer) return buffer;
        block.Buffer = bench.Memory.Allocate(block.Bytes, addressWidth);
        Fill(bench, name);
        return block.Buffer;
    }

    /// <summary>Its words again, and zeros behind them.</summary>
    public void Fill(TestBench bench, string name)
    {
        var bytes = Of(bench, name).Span;
        bytes.Clear();
        foreach (var word in blocks[name].Words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, ValueOf(bench, word));
            bytes = bytes[sizeof(uint)..];
        }
    }

    private static uint? NumberOf(string word) => word.StartsWith("0x", StringComparison.Ordinal)
        ? uint.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null
        : uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value) ? value : null;

    private static (string Half, string Name)? PartsOf(string word) =>
        word.Split('(') is [var half, [.. var name, ')']] && (half is "low" or "high") ? (half, name) : null;

    private sealed record Block(int Bytes, IReadOnlyList<string> Words)
    {
        public HostBuffer? Buffer { get; set; }
    }
}
