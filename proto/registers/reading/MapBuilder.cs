using System.Globalization;

namespace Pcie.Registers.Reading;

/// <summary>
/// Puts a map together as a file says it, and refuses what cannot be: names that are taken, registers and bits that overlap or leave what they are
/// in, too much of everything.
/// </summary>
internal sealed class MapBuilder(MapSource source)
{
    // A BAR of 32 bits is no larger.
    private const ulong MostBytes = 1UL << 31;
    private const int MostBlocks = 64, MostValues = 4096;

    private readonly List<Block> blocks = [];
    private readonly List<string> passedOver = [];
    private int registers;

    public MapSource Source => source;

    /// <summary>Begins a block; registers that follow are in it.</summary>
    public Block Begin(string name, string title, string description, int line)
    {
        if (blocks.Count == MostBlocks) throw source.Refusal(line, $"more than {MostBlocks} blocks of registers; choose one by FILE#NAME");
        var block = new Block(this, NameOf(name, line), title, description, line);
        blocks.Add(block);
        return block;
    }

    /// <summary>The map, each block in its BAR.</summary>
    public DeviceMap Build(string name, string description)
    {
        var filled = blocks.Where(block => block.Count > 0).ToList();
        if (filled.Count == 0)
            throw source.Refusal(1, source.Only is { } only ? $"there is no block of registers '{only}'; {Known()}"
                // What was left out may have been all of them.
                : $"no registers; expected some{string.Concat(source.Notes.Take(3).Select(note => $"; {note}"))}");
        var taken = new HashSet<int>();
        foreach (var block in filled.Where(block => block.OwnBar is not null))
            if (!taken.Add(block.OwnBar!.Value))
                throw source.Refusal(block.Line, $"two blocks of registers say that they are BAR {block.OwnBar}; choose one by FILE#NAME: "
                    + string.Join(", ", filled.Select(one => one.Name)));
        return new DeviceMap(Identifiers.Of(name), MapSource.Sentence(description), [.. filled.Select(Built)]);

        AddressBlock Built(Block block)
        {
            if (block.IsConfiguration) return block.Build(null);
            if (block.OwnBar is { } own) return block.Build(own);
            var free = Enumerable.Range(0, 6).FirstOrDefault(bar => !taken.Contains(bar), -1);
            if (free < 0)
                throw source.Refusal(block.Line, $"{block.Name} would be a seventh BAR; choose one block of registers by FILE#NAME: "
                    + string.Join(", ", filled.Select(one => one.Name)));
            taken.Add(free);
            return block.Build(free);
        }
    }

    /// <summary>Whether a block is wanted.</summary>
    public bool Wants(string name)
    {
        if (source.Only is null || source.Only == name) return true;
        if (passedOver.Count < MostBlocks) passedOver.Add(name);
        return false;
    }

    /// <summary>Whether a block says by its name where it lies.</summary>
    public static bool SaysItsPlace(string name) => BarOf(name) is not null || IsOfConfiguration(name);

    // One that ends in bar0 to bar5.
    private static int? BarOf(string name) =>
        name.Length >= 4 && name[^4..^1].Equals("bar", StringComparison.OrdinalIgnoreCase) && name[^1] is >= '0' and <= '5' ? name[^1] - '0' : null;

    private static bool IsOfConfiguration(string name) => name.EndsWith("configuration", StringComparison.OrdinalIgnoreCase);

    private string Known() => passedOver.Count == 0 ? "there are none" : $"there are {string.Join(", ", passedOver)}";

    private string NameOf(string name, int line)
    {
        if (Identifiers.IsOne(name)) return name;
        if (name.Trim().Length == 0) throw source.Refusal(line, "a name is empty; expected one");
        source.Note(line, "names that are no identifiers have underscores instead of what cannot be in one");
        return Identifiers.Of(name);
    }

    /// <summary>A block that is being filled.</summary>
    internal sealed class Block(MapBuilder builder, string name, string title, string description, int line)
    {
        private readonly List<MapRegister> registers = [];
        private readonly Dictionary<string, int> lines = [];
        private readonly Dictionary<ulong, MapRegister> bytes = [];

        public string Name => name;
        public int Line => line;
        public int Count => registers.Count;

        /// <summary>The BAR that its name says.</summary>
        public int? OwnBar => BarOf(name);

        public bool IsConfiguration => IsOfConfiguration(name);

        public void Add(string registerName, ulong offset, int width, string sentence, IReadOnlyList<PlacedField> fields, int at)
        {
            var source = builder.Source;
            var own = builder.NameOf(registerName, at);
            if (++builder.registers > DeviceMap.MostRegisters)
                throw source.Refusal(at, string.Create(CultureInfo.InvariantCulture,
                    $"more than {DeviceMap.MostRegisters:#,0} registers, {own} is one more; choose one block of registers by FILE#NAME, or "
                    + $"describe memory as memory"));
            if (width is not (8 or 16 or 32 or 64))
                throw source.Refusal(at, $"{own} has {width} bits; expected 8, 16, 32 or 64: reserve the rest, or make two registers of it");
            if (offset >= MostBytes)
                throw source.Refusal(at, $"{own} is at 0x{offset:X}; expected an offset below 0x{MostBytes:X} from the start of its BAR; "
                    + "choose one block of registers by FILE#NAME");
            var alignment = Math.Min((ulong)width / 8, 4);
            if (offset % alignment != 0)
                throw source.Refusal(at, $"{own} of {width} bits is at 0x{offset:X}; expected a multiple of {alignment}");
            if (IsReserved(own) && lines.ContainsKey(own)) own = string.Create(CultureInfo.InvariantCulture, $"{own}_{offset:X}");
            if (lines.TryGetValue(own, out var other))
                throw source.Refusal(at, $"{own} is the name of two registers of {name}, the other one in line {other}; rename one");
            var register = new MapRegister(own, offset, width, MapSource.Sentence(sentence), Checked(own, width, fields, at));
            if (bytes.TryGetValue(offset, out var there) && there.Offset == offset && there.Width == width
                && IsOneEach(Directions(there.Fields), Directions(register.Fields)))
            {
                source.Note(at, "of a register to read and one to write at the same place the first is carried");
                return;
            }
            lines.Add(own, at);
            for (var b = offset; b < offset + (ulong)register.Bytes; b++)
                if (!bytes.TryAdd(b, register))
                    throw source.Refusal(at, $"{own} at 0x{offset:X} overlaps {bytes[b].Name} at 0x{bytes[b].Offset:X} of line "
                        + $"{lines[bytes[b].Name]}; move one, or leave out one of two views of the same register");
            registers.Add(register);
        }

        // As reserved space is called, again and again.
        private static bool IsReserved(string own) => own.TrimStart('_').ToUpperInvariant() is "RESERVED" or "RSVD" or "RES" or "UNUSED";

        private static (bool Reads, bool Writes) Directions(IEnumerable<MapField> fields) =>
            fields.Aggregate((Reads: false, Writes: false), (all, one) => (all.Reads | one.Access.IsReadable, all.Writes | one.Access.IsWritable));

        // SystemRDL 2.0, 9.4 and 10.1: what is read there and what is written there may be different things.
        private static bool IsOneEach((bool Reads, bool Writes) a, (bool Reads, bool Writes) b) =>
            (a, b) is ((true, false), (false, true)) or ((false, true), (true, false));

        public AddressBlock Build(int? bar) =>
            new(name, bar, MapSource.Sentence(title), MapSource.Sentence(description), [.. registers.OrderBy(register => register.Offset)]);

        private List<MapField> Checked(string register, int width, IReadOnlyList<PlacedField> fields, int at)
        {
            var source = builder.Source;
            if (fields.Count == 0) throw source.Refusal(at, $"{register} has no field; expected one at least");
            var result = new List<MapField>(fields.Count);
            var names = new HashSet<string>();
            var next = 0;
            foreach (var (given, line) in fields.OrderBy(one => one.Field.LowestBit))
            {
                var one = given with { Name = builder.NameOf(given.Name, line), Description = MapSource.Sentence(given.Description) };
                if (IsReserved(one.Name) && names.Contains(one.Name)) one = one with { Name = $"{one.Name}_{one.LowestBit}" };
                var named = $"{register}.{one.Name}";
                if (one.Width < 1 || one.LowestBit < 0 || one.HighestBit >= width)
                    throw source.Refusal(line, $"{named} has bits {one.HighestBit}..{one.LowestBit}; expected bits of {register}, {width - 1}..0");
                if (result is [.., var last] && last.Mask == one.Mask && IsOneEach(Directions([last]), Directions([one])))
                {
                    source.Note(line, "of a field to read and one to write in the same bits the first is carried");
                    continue;
                }
                if (one.LowestBit < next)
                    throw source.Refusal(line,
                        $"{named} has bits {one.Bits}, which overlap {result[^1].Name} with {result[^1].Bits}; a bit is in one "
                        + "field: leave out one of two views of the same bits");
                if (!names.Add(one.Name)) throw source.Refusal(line, $"{named} is the name of two fields; rename one");
                if (one.Reset > one.Ones)
                    throw source.Refusal(line, $"{named} has {one.Width} bits, which cannot hold its reset value 0x{one.Reset:X}");
                result.Add(one with { Values = Checked(named, one, line) });
                next = one.HighestBit + 1;
            }
            return result;
        }

        private List<NamedValue> Checked(string named, MapField field, int at)
        {
            var source = builder.Source;
            if (field.Values.Count > MostValues)
                throw source.Refusal(at, $"{named} has {field.Values.Count} named values; expected {MostValues} at the most");
            var values = field.Values.Select(value => value with
            {
                Name = builder.NameOf(value.Name, at), Description = MapSource.Sentence(value.Description),
            }).OrderBy(value => value.Value).ToList();
            var names = new HashSet<string>();
            NamedValue? before = null;
            foreach (var value in values)
            {
                if (value.Value > field.Ones)
                    throw source.Refusal(at, $"{named} has {field.Width} bits, which cannot hold {value.Name} = 0x{value.Value:X}");
                if (value.Value == before?.Value)
                    throw source.Refusal(at, $"{named} has two names for 0x{value.Value:X}, {before.Name} and {value.Name}; leave one");
                if (!names.Add(value.Name)) throw source.Refusal(at, $"{named} has two values of the name {value.Name}; rename one");
                before = value;
            }
            return values;
        }
    }
}
