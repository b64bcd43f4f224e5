using System.Globalization;
using Pcie.Link;
using Pcie.Scenario;
using Pcie.TestKit;
using Pcie.TestKit.Conformance;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.Emu.Checking;

/// <summary>
/// A device's profile as a file has it, in the words of a scenario: for a device that the kit does not know, and a test that is no program. Its
/// registers are in the profile, in a file that <c>map</c> names (SystemRDL, IP-XACT, CMSIS-SVD or CSV), or some in either.
/// <code>
/// [profile]
/// name = "the ramp card"
/// scratch = "SCRATCH"
/// write-one-to-clear = "CAUSE.DONE"
/// messages = 1
///
/// [profile.registers]
/// SCRATCH = "0:0x04"
/// CONTROL = "0:0x1C"
/// CAUSE = "0:0x20"
/// "CAUSE.DONE" = "0 w1c"
///
/// [[profile.raise]]
/// write = "CONTROL"
/// values = [1]
///
/// [[profile.raise]]
/// wait = "60us"
///
/// [[profile.acknowledge]]
/// write = "CAUSE.DONE"
/// value = "1"
///
/// [profile.lacks]
/// power-states = "it has no power states"
///
/// [[profile.difference]]
/// check = "reserved-bits"
/// expectation = "the last DW"
/// reason = "configuration space that belongs to no capability keeps what is written"
/// </code>
/// What it takes to have data written is in the same words, with host memory: <c>profiles</c> has examples.
/// </summary>
internal sealed class ProfileFile : DeviceProfile
{
    private const int MostMessages = 32;

    private const string Shipped = "profiles";

    private readonly ProfileMemory memory;
    private readonly IReadOnlyList<ProfileStep> raise, acknowledge, stream;
    private readonly (string Memory, string Same)? arrives;

    private ProfileFile(ScenarioFile file)
    {
        file.RefuseUnknownTables("profile");
        var table = file.Table("profile");
        Name = table.Has("name") ? table.Text("name") : Path.GetFileNameWithoutExtension(file.Name);
        Messages = table.Has("messages") ? (int)table.Integer("messages", 0, MostMessages) : 0;
        Registers = MapOf(table);
        Scratch = NameIn(table, "scratch");
        WriteOneToClear = NameIn(table, "write-one-to-clear");
        memory = new ProfileMemory(table);
        raise = [.. table.Tables("raise").Select(step => new ProfileStep(step, memory, Messages, NameIn))];
        acknowledge = [.. table.Tables("acknowledge").Select(step => new ProfileStep(step, memory, 1, NameIn))];
        stream = [.. table.Tables("stream").Select(step => new ProfileStep(step, memory, 1, NameIn))];
        StreamTime = table.Has("stream-time") ? table.Duration("stream-time") : base.StreamTime;
        arrives = stream.Count > 0 ? ArrivesOf(table.Table("arrives")) : null;
        Lacks = ChecksOf(table.Table("lacks"));
        Differences = [.. table.Tables("difference").Select(DifferenceOf)];
        if (Messages > 0 && raise.Count == 0) throw table.Refusal("messages", $"{Messages} messages, and no [[profile.raise]] says how to raise one");
        if (WriteOneToClear is not null && raise.Count == 0)
            throw table.Refusal("write-one-to-clear", "the bit is set by raising message 0, and no [[profile.raise]] says how");
        table.RefuseUnknownKeys();
    }

    public override string Name { get; }
    public override RegisterMap Registers { get; }
    public override string? Scratch { get; }
    public override string? WriteOneToClear { get; }
    public override int Messages { get; }
    public override Duration StreamTime { get; }
    public override IReadOnlyDictionary<string, string> Lacks { get; }
    public override IReadOnlyList<ExpectedDifference> Differences { get; }

    /// <summary>The profile that is shipped for a device of QEMU's; null if none is.</summary>
    public static string? ShippedFor(LinkUri uri)
    {
        if (uri.Scheme != LinkScheme.Qtest) return null;
        var path = Path.Combine(AppContext.BaseDirectory, Shipped, $"qemu-{uri.Device.Split(',')[0]}.toml");
        return File.Exists(path) ? path : null;
    }

    /// <exception cref="ScenarioException">The file says something unknown or impossible.</exception>
    public static ProfileFile Load(string path) => new(ScenarioFile.Load(path));

    public static ProfileFile Parse(string text, string name) => new(ScenarioFile.Parse(text, name));

    public override void Raise(TestBench bench, int message)
    {
        // Without steps the kit says what it does not know.
        if (raise.Count == 0) base.Raise(bench, message);
        foreach (var step in raise) step.Run(bench, message);
    }

    public override bool Acknowledge(TestBench bench)
    {
        foreach (var step in acknowledge) step.Run(bench, 0);
        return acknowledge.Count > 0;
    }

    public override Func<bool> Stream(TestBench bench)
    {
        if (arrives is not var (there, same)) return base.Stream(bench);
        var (sent, arrived) = (memory.Of(bench, same), memory.Of(bench, there));
        foreach (var step in stream) step.Run(bench, 0);
        return () => arrived.Span[..Math.Min(arrived.Length, sent.Length)].SequenceEqual(sent.Span[..Math.Min(arrived.Length, sent.Length)]);
    }

    private static RegisterMap MapOf(ScenarioTable profile)
    {
        var map = new RegisterMap();
        if (profile.Has("map"))
        {
            try
            {
                map = RegisterMap.Load(profile.FilePath("map"));
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                throw profile.Refusal("map", e.Message);
            }
        }
        var table = profile.Table("registers");
        // A field stands behind its register, wherever the file has it.
        foreach (var name in table.Keys.OrderBy(key => key.Contains('.')))
        {
            try
            {
                Add(map, name, table.Text(name));
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                throw table.Refusal(name, e.Message);
            }
        }
        return map;
    }

    private static void Add(RegisterMap map, string name, string text)
    {
        if (!name.Contains('.'))
        {
            var (bar, offset) = text.Split(':') is [var number, var place] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture,
                out var n) && n < 6 && place.StartsWith("0x", StringComparison.Ordinal) && uint.TryParse(place.AsSpan(2),
                    NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var at)
                ? (n, at) : throw new FormatException($"\"{text}\" is no place of a register; expected BAR and offset, as in \"0:0x20\"");
            map.Register(name, bar, offset);
            return;
        }
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var ends = words.Length is 1 or 2 ? words[0].Split("..") : [];
        if (ends.Length is not (1 or 2) || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var high)
            || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var low) || low > high
            || words.ElementAtOrDefault(1) is not (null or "rw" or "ro" or "wo" or "w1c" or "w1s" or "rc"))
            throw new FormatException($"\"{text}\" is no field; expected its bits and, unless it is rw, its access, as in \"0 w1c\" or \"4..2\"");
        map.Field(name, low, high - low + 1, keeps: words.Length == 1 || words[1] == "rw");
    }

    private (string Memory, string Same) ArrivesOf(ScenarioTable table)
    {
        var (there, same) = (table.Text("memory"), table.Text("same-as"));
        foreach (var (key, name) in ((string, string)[])[("memory", there), ("same-as", same)])
            if (!memory.Has(name)) throw table.Refusal(key, $"there is no memory {name}; name it in [[profile.memory]]");
        table.RefuseUnknownKeys();
        return (there, same);
    }

    private static Dictionary<string, string> ChecksOf(ScenarioTable table) =>
        table.Keys.ToDictionary(name => Existing(table, name, name), table.Text);

    private static ExpectedDifference DifferenceOf(ScenarioTable table)
    {
        var difference = new ExpectedDifference(Existing(table, "check", table.Text("check")), table.Text("expectation"), table.Text("reason"));
        table.RefuseUnknownKeys();
        return difference;
    }

    private static string Existing(ScenarioTable table, string key, string check)
    {
        var names = ConformanceSuite.Checks.Select(one => one.Name).ToList();
        if (names.Contains(check)) return check;
        throw table.Refusal(key, $"there is no check {check}{(Spelling.Nearest(check, names) is { } near ? $"; did you mean {near}?" : "")}");
    }

    private string? NameIn(ScenarioTable table, string key)
    {
        if (!table.Has(key)) return null;
        var name = table.Text(key);
        if (Registers.Names.Contains(name)) return name;
        var near = Spelling.Nearest(name, Registers.Names) is { } meant ? $"; did you mean {meant}?" : "; name it in [profile.registers]";
        throw table.Refusal(key, $"there is no register or field {name}{near}");
    }
}
