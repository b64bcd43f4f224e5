using CsCheck;
using Pcie.Time;

namespace Pcie.Scenario.Tests;

public sealed class ScenarioFileTests
{
    private const string Valid = """
        # The seed of it all.
        [run]
        title = "A late DPC"
        duration = "24h"
        seed = 7

        [card]
        vectors = 1
        source.period = "50ms"

        [[host.interference]]
        name = "network"
        interval = { exponential = "1ms", maximum = "20ms" }
        duration = { lognormal = "80us", sigma = 0.6 }

        [[host.interference]]
        name = "disk"
        interval = { uniform = ["1ms", "2ms"] }
        duration = "20us"
        """;

    [Fact]
    public void AKeyOfThousandsOfPartsIsRefusedAtOnce()
    {
        var key = string.Join('.', Enumerable.Repeat("a", 200_000));
        var refused = Assert.Throws<ScenarioException>(() => ScenarioFile.Parse($"[run]\n{key} = 1", "f.toml"));

        Assert.Equal("f.toml:2:1: a key of 200000 parts; expected at most 32", refused.Message);
    }

    [Fact]
    public void TablesKeysAndDottedKeysAreFound()
    {
        var file = ScenarioFile.Parse(Valid, "late-dpc.toml");
        Assert.Equal(Duration.FromMilliseconds(50), file.Table("card").Table("source").Duration("period"));
        Assert.Equal(["network", "disk"], file.Table("host").Tables("interference").Select(table => table.Text("name")));
        file.RefuseUnknownTables("run", "card", "host");
    }

    [Fact]
    public void LinesAndColumnsAreTheSameUnderEitherLineEndingAndABom()
    {
        foreach (var text in new[] { "[a]\nx = 1\n  y = 2\n", "[a]\r\nx = 1\r\n  y = 2\r\n", "\uFEFF[a]\r\nx = 1\n  y = 2" })
        {
            var table = ScenarioFile.Parse(text, "f.toml").Table("a");
            Assert.Equal("f.toml:3:7: \"y\" in [a] is 2; expected true or false", Assert.Throws<ScenarioException>(() => table.Flag("y")).Message);
        }
    }

    [Theory]
    [InlineData("[a]\nx = 1\nx = 2", "f.toml:3:1: \"x\" comes a second time in [a]; the first is on line 2: keep one")]
    [InlineData("[a]\n[b]\n[a]", "f.toml:3:1: \"a\" comes a second time in the file; the first is on line 1: keep one")]
    [InlineData("a = 1\n[a]", "f.toml:2:1: \"a\" comes a second time in the file; the first is on line 1: keep one")]
    [InlineData("a = 1\n[a.b]", "f.toml:2:2: \"a\" comes a second time in the file; the first is on line 1: keep one")]
    [InlineData("[a]\n[[a]]", "f.toml:2:1: \"a\" comes a second time in the file; the first is on line 1: keep one")]
    [InlineData("[[a]]\n[a]", "f.toml:2:1: \"a\" comes a second time in the file; the first is on line 1: keep one")]
    [InlineData("a = [{}]\n[[a]]", "f.toml:2:1: \"a\" comes a second time in the file; the first is on line 1: keep one")]
    [InlineData("a = { x = 1 }\n[a.y]", "f.toml:2:2: \"a\" comes a second time in the file; the first is on line 1: keep one")]
    [InlineData("a = { x = 1, x = 2 }", "f.toml:1:14: \"x\" comes a second time in [a]; the first is on line 1: keep one")]
    [InlineData("a.b = 1\na.b.c = 2", "f.toml:2:1: \"b\" comes a second time in [a]; the first is on line 1: keep one")]
    [InlineData("[a.b]\nx = 1\n[a]\nb.y = 2", "f.toml:4:1: \"b\" comes a second time in [a]; the first is on line 1: keep one")]
    [InlineData("[a]\nb.x = 1\n[a.b]", "f.toml:3:1: \"b\" comes a second time in [a]; the first is on line 2: keep one")]
    public void WhatComesTwiceIsRefusedAtItsSecondPlace(string text, string expected) => AssertRefused(text, expected);

    [Theory]
    [InlineData("[a.b]\nx = 1\n[a]\ny = 2")]
    [InlineData("[[a]]\n[a.b]\nx = 1\n[[a]]\n[a.b]\nx = 2")]
    [InlineData("[a]\nb.x = 1\nb.y = 2\n[a.b.c]\nx = 1")]
    [InlineData("\"a\".x = 1\na.y = 2")]
    public void WhatOnlyLooksAsIfItCameTwiceIsTaken(string text) => ScenarioFile.Parse(text, "f.toml");

    [Theory]
    [InlineData("[a]\nx =", "f.toml:2:4: not TOML: ")]
    [InlineData("[a\nb = 1", "f.toml:1:3: not TOML: ")]
    [InlineData("[a]\r\nx = 'open", "f.toml:2:10: not TOML: ")]
    [InlineData("x = 99999999999999999999", "f.toml:1:5: not TOML: ")]
    [InlineData("x = \"\\", "f.toml:1:7: not TOML: ")]
    [InlineData("x = 50ms", "f.toml:1:7: not TOML: ")]
    public void BrokenTomlIsRefusedWhereItBreaks(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<ScenarioException>(() => ScenarioFile.Parse(text, "f.toml")).Message);

    [Fact]
    public void HalfACharacterIsRefused()
    {
        AssertRefused("\uD800", "f.toml:1:1: U+D800 is half a character; write it anew");
        AssertRefused("[a]\r\n x = '\U0001F600\uDC00'", "f.toml:2:9: U+DC00 is half a character; write it anew");
        Assert.Equal("\U0001F600", ScenarioFile.Parse("[a]\nx = '\U0001F600'", "f.toml").Table("a").Text("x"));
    }

    [Fact]
    public void OneErrorALineIsShownAndTenAtTheMost()
    {
        var refused = Assert.Throws<ScenarioException>(() => ScenarioFile.Parse(string.Join('\n', Enumerable.Repeat("= = =", 30)), "f.toml"));
        Assert.Equal(10, refused.Errors.Count);
        Assert.StartsWith("f.toml:10:1: ", refused.Errors[9]);
    }

    [Fact]
    public void AnIntegerThatDoesNotFitIsRefused() =>
        AssertRefused("x = 0xFFFFFFFFFFFFFFFF", "f.toml:1:5: 0xFFFFFFFFFFFFFFFF is too large; expected at most 0x7FFFFFFFFFFFFFFF");

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void DeepNestingIsRefused(char open, char close)
    {
        var inner = open == '{' ? "{a=" : "[";
        var text = "a=" + string.Concat(Enumerable.Repeat(inner, 5000)) + "1" + new string(close, 5000);
        Assert.EndsWith("nested too deeply; nothing in a scenario goes deeper than 4",
            Assert.Throws<ScenarioException>(() => ScenarioFile.Parse(text, "f.toml")).Message);
    }

    [Fact]
    public void OfVeryManyMistakesTheFirstAreSaidAndTheRestCounted()
    {
        var file = ScenarioFile.Parse(string.Concat(Enumerable.Range(0, 40_000).Select(i => $"[t{i}]\n")), "f.toml");

        var lines = Assert.Throws<ScenarioException>(() => file.RefuseUnknownTables("run")).Message.Split('\n');

        Assert.Equal(21, lines.Length);
        Assert.Equal("and 39,980 more", lines[^1]);
    }

    [Fact]
    public void UnknownTablesAndKeysAtTheTopAreRefused()
    {
        var file = ScenarioFile.Parse("title = 1\n[run]\n[crad]\n[[fualt]]", "f.toml");
        Assert.Equal(
        [
            "f.toml:1:1: unknown key \"title\" in the file. Known tables: run, card, fault, include",
            "f.toml:3:1: unknown table \"crad\" in the file; did you mean \"card\"? Known tables: run, card, fault, include",
            "f.toml:4:1: unknown table \"fualt\" in the file; did you mean \"fault\"? Known tables: run, card, fault, include",
        ], Assert.Throws<ScenarioException>(() => file.RefuseUnknownTables("run", "card", "fault")).Errors);
    }

    [Fact]
    public void RunHasDefaults()
    {
        var run = RunScenario.Read(ScenarioFile.Parse("", "late-dpc.toml"));
        Assert.Equal(new RunScenario
        {
            Name = "late-dpc",
            Title = "",
            Duration = Duration.FromSeconds(1),
            Seed = 1,
            Pacing = Pacing.FreeRunning,
            TimeScale = 1,
            LinkLatency = new Duration(500),
            CompletionTimeout = Duration.FromMilliseconds(50),
        }, run);
    }

    [Fact]
    public void RunReadsEveryKey()
    {
        var run = RunScenario.Read(ScenarioFile.Parse("""
            [run]
            name = "n"
            title = "t"
            duration = "24h"
            seed = 9223372036854775807
            pacing = "wall-clock"
            time-scale = 0.5
            link-latency = "1us"
            completion-timeout = "64s"
            """, "f.toml"));
        Assert.Equal(new RunScenario
        {
            Name = "n",
            Title = "t",
            Duration = Duration.FromSeconds(86400),
            Seed = long.MaxValue,
            Pacing = Pacing.WallClock,
            TimeScale = 0.5,
            LinkLatency = new Duration(1000),
            CompletionTimeout = Duration.FromSeconds(64),
        }, run);
    }

    [Theory]
    [InlineData("seed = -1", "f.toml:2:8: \"seed\" in [run] is -1; expected at least 0")]
    [InlineData("duration = \"0s\"", "f.toml:2:12: \"duration\" in [run] is 0 ns; expected at least 1 ns")]
    [InlineData("link-latency = \"0ns\"", "f.toml:2:16: \"link-latency\" in [run] is 0 ns; expected 1 ns to 1 s")]
    [InlineData("completion-timeout = \"49us\"", "f.toml:2:22: \"completion-timeout\" in [run] is 49 µs; expected 50 µs to 64 s")]
    [InlineData("completion-timeout = \"65s\"", "f.toml:2:22: \"completion-timeout\" in [run] is 65 s; expected 50 µs to 64 s")]
    [InlineData("pacing = \"real-time\"", "f.toml:2:10: \"pacing\" in [run] is \"real-time\"; expected one of \"free-running\", \"wall-clock\"")]
    [InlineData("time-scale = 2",
        "f.toml:2:14: \"time-scale\" in [run]: free-running time has no scale; leave it out, or set pacing = \"wall-clock\"")]
    [InlineData("title = \"a\\nb\"", "f.toml:2:9: \"title\" in [run]: expected a text without control characters")]
    [InlineData("name = \"a\\u001b[31m\"", "f.toml:2:8: \"name\" in [run]: expected a text without control characters")]
    [InlineData("sede = 1",
        "f.toml:2:1: unknown key \"sede\" in [run]; did you mean \"seed\"? Known keys: name, title, duration, seed, pacing, time-scale, "
        + "link-latency, completion-timeout")]
    public void RunRefusesWhatIsImpossible(string line, string expected) =>
        Assert.Equal(expected, Assert.Throws<ScenarioException>(() => RunScenario.Read(ScenarioFile.Parse($"[run]\n{line}", "f.toml"))).Message);

    [Fact]
    public void AFileIsLoadedAndCalledByItsName()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.toml");
        try
        {
            File.WriteAllText(path, "[run]\nseed = 7");
            Assert.Equal(7UL, RunScenario.Read(ScenarioFile.Load(path)).Seed);
            Assert.Equal(Path.GetFileName(path), ScenarioFile.Load(path).Name);
            File.WriteAllBytes(path, [(byte)'#', 0xFF]);
            Assert.Equal($"{path}: byte 1 is not UTF-8, in which a scenario is written; save the file as UTF-8",
                Assert.Throws<ScenarioException>(() => ScenarioFile.Load(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
        foreach (var missing in new[] { path, Path.GetTempPath(), "", "a\0b" })
            Assert.StartsWith($"{missing}: cannot be read: ", Assert.Throws<ScenarioException>(() => ScenarioFile.Load(missing)).Message);
    }

    [Fact]
    public void AFileThatIsTooLongForAScenarioIsRefusedUnread()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var stream = File.OpenWrite(path)) stream.SetLength(1L << 40);
            Assert.Contains("longer than 4 MiB", Assert.Throws<ScenarioException>(() => ScenarioFile.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Of a hundred times as many lines the parser would make gigabytes.
    [Theory]
    [InlineData("[[host.interference]]\n", 300_000, "f.toml:50001:1: more than 50,000 keys, tables and values until here")]
    [InlineData("\"a.b\" = \">= 1\"\n", 100_000, "f.toml:50001:1: more than 50,000")]
    [InlineData("0,", 1_000_000, "f.toml:1:1: more than 50,000")]
    public void AFileOfTooManyThingsIsRefusedUnparsed(string thing, int times, string refusal)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refused = Assert.Throws<ScenarioException>(() => ScenarioFile.Parse(string.Concat(Enumerable.Repeat(thing, times)), "f.toml"));
        Assert.StartsWith(refusal, refused.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000_000);
    }

    // Whatever is done to a file, it is read or refused; nothing else is thrown.
    [Fact]
    public void AMutatedFileIsReadOrRefusedAndNothingElse()
    {
        ReadAll(ScenarioFile.Parse(Valid, "f.toml"));
        const string alphabet = "[]{}=.,\"'#\\ \n\r\t\0-+_:019aeinfx\u00B5\uD800\u2028";
        var edit = Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Int[0, 2], Gen.Int[0, alphabet.Length - 1]);
        edit.Array[1, 8].Sample(edits =>
        {
            var text = Valid;
            foreach (var (place, kind, letter) in edits)
            {
                var at = Math.Min(place, text.Length - 1);
                text = kind switch
                {
                    0 => text.Remove(at, 1),
                    1 => text.Insert(at, alphabet[letter].ToString()),
                    _ => text.Remove(at) + alphabet[letter] + text[(at + 1)..],
                };
            }
            try
            {
                ReadAll(ScenarioFile.Parse(text, "f.toml"));
            }
            catch (ScenarioException e)
            {
                Assert.All(e.Errors, error => Assert.Matches(@"^f\.toml:\d+:\d+: .", error));
            }
        }, iter: 2000);
    }

    private static void ReadAll(ScenarioFile file)
    {
        RunScenario.Read(file);
        var card = file.Table("card");
        card.Integer("vectors");
        card.Table("source").Duration("period");
        card.RefuseUnknownKeys();
        foreach (var table in file.Table("host").Tables("interference"))
        {
            table.Text("name");
            table.Distribution("interval");
            table.Distribution("duration");
            table.RefuseUnknownKeys();
        }
        file.RefuseUnknownTables("run", "card", "host");
    }

    private static void AssertRefused(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<ScenarioException>(() => ScenarioFile.Parse(text, "f.toml")).Message);
}
