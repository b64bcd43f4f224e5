using Pcie.Scenario;
using Pcie.TestKit;
using Pcie.Time;

namespace Pcie.Emu.Checking;

/// <summary>
/// A step of what makes a device send: a write of a register, the words of some memory put back, or a wait, for a time or until a register reads so.
/// </summary>
internal sealed class ProfileStep
{
    // Times that a register is looked at.
    private const int Looks = 100;

    private readonly ProfileMemory memory;
    private readonly string? write, fill, until;
    private readonly IReadOnlyList<string> values;
    private readonly Duration wait;

    /// <param name="nameOf">A register or field that a key names.</param>
    /// <exception cref="ScenarioException">The table says nothing to do, or something impossible.</exception>
    public ProfileStep(ScenarioTable table, ProfileMemory memory, int messages, Func<ScenarioTable, string, string?> nameOf)
    {
        this.memory = memory;
        values = [];
        if (table.Has("fill"))
        {
            fill = table.Text("fill");
            if (!memory.Has(fill)) throw table.Refusal("fill", $"there is no memory {fill}; name it in [[profile.memory]]");
        }
        else if (table.Has("until"))
        {
            (until, values) = (nameOf(table, "until"), [table.Text("value")]);
            wait = table.Duration("within");
        }
        else if (table.Has("wait"))
        {
            wait = table.Duration("wait");
        }
        else
        {
            write = nameOf(table, "write") ?? throw table.Refusal("write", "a step writes a register, waits, or fills memory; expected one of them");
            values = table.Has("value") ? [table.Text("value")]
                : [.. table.Integers("values", 0, uint.MaxValue).Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture))];
            if (values.Count != 1 && values.Count != messages)
                throw table.Refusal("values", $"{values.Count} values; expected one, or one for each of the {messages} messages");
        }
        if (table.Has("value")) memory.Check(values[0], table, "value");
        table.RefuseUnknownKeys();
    }

    public void Run(TestBench bench, int message)
    {
        if (fill is not null) memory.Fill(bench, fill);
        else if (write is not null) bench.Write(write, memory.ValueOf(bench, values[values.Count == 1 ? 0 : message]));
        else if (until is not null) Await(bench, until, memory.ValueOf(bench, values[0]));
        else bench.Wait(wait);
    }

    // A device that does not come to it may have been forbidden to: what is to be seen then, the check says.
    private void Await(TestBench bench, string register, uint value)
    {
        for (var look = 0; look < Looks && bench.Read(register) != value; look++) bench.Wait(new Duration(Math.Max(1, wait.Nanoseconds / Looks)));
    }
}
