using System.Globalization;
using Pcie.Scenario;
using Pcie.TestKit;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.Emu.Checking;

/// <summary>
/// A device's profile as a file has it, in the words of a scenario: for a device that the kit does not know, and a test that is no program.
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
/// </code>
/// </summary>
internal sealed class ProfileFile : DeviceProfile
{
    private const int MostMessages = 32;

    private readonly IReadOnlyList<Step> raise;

    private ProfileFile(ScenarioFile file)
    {
        file.RefuseUnknownTables("profile");
        var table = file.Table("profile");
        Name = table.Has("name") ? table.Text("name") : Path.GetFileNameWithoutExtension(file.Name);
        Messages = table.Has("messages") ? (int)table.Integer("messages", 0, MostMessages) : 0;
        Registers = MapOf(table.Table("registers"));
        Scratch = NameIn(table, "scratch");
        WriteOneToClear = NameIn(table, "write-one-to-clear");
        raise = [.. table.Tables("raise").Select(StepOf)];
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

    /// <exception cref="ScenarioException">The file says something unknown or impossible.</exception>
    public static ProfileFile Load(string path) => new(ScenarioFile.Load(path));

    public static ProfileFile Parse(string text, string name) => new(ScenarioFile.Parse(text, name));

    public override void Raise(TestBench bench, int message)
    {
        // Without steps the kit says what it does not know.
        if (raise.Count == 0) base.Raise(bench, message);
        foreach (var step in raise)
        {
            if (step.Write is { } name) bench.Write(name, step.Values[step.Values.Count == 1 ? 0 : message]);
            else bench.Wait(step.Wait);
        }
    }

    private static RegisterMap MapOf(ScenarioTable table)
    {
        var map = new RegisterMap();
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

    private Step StepOf(ScenarioTable table)
    {
        var step = table.Has("wait")
            ? new Step(null, [], table.Duration("wait"))
            : new Step(NameIn(table, "write") ?? throw table.Refusal("write", "a step writes a register, or waits; expected one of the two"),
                [.. table.Integers("values", 0, uint.MaxValue).Select(value => (uint)value)], Duration.Zero);
        if (step.Write is not null && step.Values.Count != 1 && step.Values.Count != Messages)
            throw table.Refusal("values", $"{step.Values.Count} values; expected one, or one for each of the {Messages} messages");
        table.RefuseUnknownKeys();
        return step;
    }

    private string? NameIn(ScenarioTable table, string key)
    {
        if (!table.Has(key)) return null;
        var name = table.Text(key);
        if (Registers.Names.Contains(name)) return name;
        var near = Spelling.Nearest(name, Registers.Names) is { } meant ? $"; did you mean {meant}?" : "; name it in [profile.registers]";
        throw table.Refusal(key, $"there is no register or field {name}{near}");
    }

    private sealed record Step(string? Write, IReadOnlyList<uint> Values, Duration Wait);
}
