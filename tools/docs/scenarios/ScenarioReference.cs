using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pcie.DriverModel.Expectations;
using Pcie.Scenario;

namespace Pcie.Docs.Scenarios;

/// <summary>Writes the reference of the scenario file, docs/scenarios.md.</summary>
internal static class ScenarioReference
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text()
    {
        var text = new StringBuilder();
        text.Append("""
            # Scenario files

            <!-- Written from the keys' declarations by tools/docs; change them, then run it: dotnet run --project tools/docs -->

            A scenario is one TOML file that says everything about a run. Every table and every key may be left out
            unless its default says *required*; a dash means that leaving it out is a choice of its own, which the
            meaning explains. An unknown key, a value without its unit and an impossible value are refused with file,
            line and column. An editor that knows TOML schemas completes the keys if the file begins with

                #:schema ./scenario.schema.json

            where the path leads to [`scenario.schema.json`](../tools/emu/scenarios/scenario.schema.json); `emu new` writes both.

            `include = "machine.toml"` at the top of the file, or a list, has it begin as those files: its own keys are laid
            over theirs, and of tables in double brackets all are there, the included ones first. A relative path starts from
            the folder of the file that says it. `--set driver.ring-slots=4`, of every command that runs a scenario, is laid
            over that.

            A host with several cards has a table `[[card]]` for each, up to 16, in single brackets what is below it (`[card.source]` is of the
            `[[card]]` above), and as many `[[driver]]`, in the same order; or one `[driver]` for all. Each can have a `name` of letters, digits,
            `-` and `_`: `card2` for the second, if left out. The first is the device under study: the figures of the report are its own, those of
            another stand below `cards.NAME`. `--set driver.2.ring-slots=4` changes the second's driver, and `--set driver.ring-slots=4` that of the
            first. `[host.reader]` is the same for all.


            """);
        Kinds(text);
        foreach (var section in ScenarioSection.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {Title(section)}\n\n{section.Sentence}\n\n");
            if (section.Keys.Count == 0) continue;
            text.Append("| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
            foreach (var key in section.Keys)
            {
                var absent = key.IsRequired ? "*required*" : key.Declared.Default is { } value ? Literal(value) : "–";
                text.Append(CultureInfo.InvariantCulture, $"| `{key.Name}` | {KindOf(key.Declared)} | {absent} | {Cell(key.Declared.Sentence)} |\n");
            }
            text.Append('\n');
        }
        var expect = TableDeclaration.Of(typeof(Expectation)).Tables[0];
        text.Append(CultureInfo.InvariantCulture, $"## `[{expect.Path}]`\n\n{expect.Sentence}\n\n| Figure | Meaning |\n|---|---|\n");
        foreach (var (path, sentence) in Expectation.Figures.Concat(Expectation.Families))
            text.Append(CultureInfo.InvariantCulture, $"| `\"{path}\"` | {Cell(sentence)} |\n");
        return text.ToString();
    }

    private static string Title(ScenarioSection section) =>
        $"`{section.Header}`" + (section.Kind is null ? "" : $", {ScenarioSection.KindKey} = `\"{section.Kind}\"`");

    private static void Kinds(StringBuilder text)
    {
        text.Append("## Kinds of values\n\n| Kind | Meaning | Example |\n|---|---|---|\n");
        foreach (var kind in ValueKind.All)
            text.Append(CultureInfo.InvariantCulture,
                $"| {kind.Name} | {Cell(kind.Sentence)} | {string.Join(", ", kind.Examples.Select(Literal))} |\n");
        text.Append("\nA distribution is a duration, or one of these tables; those with a `maximum` draw nothing longer.\n\n");
        text.Append("| Table | Meaning |\n|---|---|\n");
        foreach (var form in ValueKind.DistributionForms)
        {
            // The limit, which several have, stands last.
            var keys = form.Keys.OrderByDescending(key => key.IsRequired).ToList();
            var meanings = keys.Where(key => key.IsRequired).Select(key => $"`{key.Name}`: {Cell(key.Sentence)}");
            text.Append(CultureInfo.InvariantCulture,
                $"| `{{ {string.Join(", ", keys.Select(key => $"{key.Name} = {Example(key.Name)}"))} }}` | {string.Join(' ', meanings)} |\n");
        }
        text.Append('\n');
    }

    private static string KindOf(KeyDeclaration key) => key switch
    {
        { Kind: KeyKind.Choice } => string.Join(", ", key.Names.Select(Literal)),
        { Numbers.Count: > 0 } => string.Join(", ", key.Numbers.Select(number => Literal(number))),
        { Range: { } range } => $"{WordOf(key.Kind)}, {range}",
        _ => WordOf(key.Kind),
    };

    private static string WordOf(KeyKind kind) => kind switch
    {
        KeyKind.Flag => "true or false",
        KeyKind.Integer => "whole number",
        KeyKind.Integers => "list of whole numbers",
        KeyKind.Durations => "list of durations",
        _ => ScenarioTable.NameOf(kind),
    };

    private static string Example(string key) => key switch
    {
        "uniform" => "[\"1ms\", \"2ms\"]",
        "quantiles" => "[\"1us\", …, \"5ms\"]",
        "sigma" => "0.6",
        "alpha" => "1.9",
        "maximum" => "\"5ms\"",
        _ => "\"80us\"",
    };

    private static string Literal(object value) => $"`{JsonSerializer.Serialize(value, Readable)}`";

    private static string Cell(string sentence) => sentence.Replace("|", "\\|", StringComparison.Ordinal);
}
