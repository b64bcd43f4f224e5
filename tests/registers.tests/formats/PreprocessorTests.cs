using Pcie.Registers.Formats;

namespace Pcie.Registers.Tests.Formats;

/// <summary>SystemRDL as people have it: in several files, with macros.</summary>
public sealed class PreprocessorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rdl").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void FilesAreIncludedFromBesideTheOneThatNamesThemAndFromBesideTheFirst()
    {
        Write("common/types.rdl", "`ifndef TYPES\n`define TYPES\n"
            + "`include \"widths.rdl\"\n`include \"top-defs.rdl\"\nreg plain { field {} VALUE[`WIDTH]; };\n`endif\n");
        Write("common/widths.rdl", "`define WIDTH 12\n");
        Write("top-defs.rdl", "`define PLACE 0x40\n");
        Write("top.rdl", "`include \"common/types.rdl\"\n`include \"common/types.rdl\"\naddrmap top { plain A @ `PLACE; };\n");

        var register = Assert.Single(Assert.Single(Load("top.rdl").Blocks).Registers);

        Assert.Equal(("A", 0x40ul, 12), (register.Name, register.Offset, Assert.Single(register.Fields).Width));
    }

    [Fact]
    public void MacrosHaveParametersWithDefaultsWordsThatAreJoinedAndTexts()
    {
        Write("m.rdl", """
            // `not_one of them
            `define REGISTER(name, bits = 4, \
                text="a, (text") reg { desc = text; field {} VALUE[bits]; } name``_REG;
            `define TWICE(x) `REGISTER(x``0) \
                `REGISTER(x``1, 8, "`REGISTER")
            `define SAID(x) name = `"x`";
            addrmap m {
              `SAID(the map)
              `TWICE(
                R
              )
              `REGISTER(LAST, ,
                "b")
            };
            """);

        var block = Assert.Single(Load("m.rdl").Blocks);

        Assert.Equal("the map", block.Title);
        Assert.Equal(["R0_REG 4 a, (text", "R1_REG 8 `REGISTER", "LAST_REG 4 b"],
            block.Registers.Select(register => $"{register.Name} {register.Fields[0].Width} {register.Description}"));
    }

    [Fact]
    public void OnlyWhatIsDefinedIsRead()
    {
        Write("m.rdl", """
            `define A
            `undef A
            `define C
            addrmap m {
            `ifdef A
              `include "nowhere.rdl"
              `ifdef C reg { field {} F; } WRONG; `else nonsense `endif
            `elsif B
              nonsense
            `elsif C
              reg { field {} F; } RIGHT;
            `else
              nonsense
            `endif
            `ifndef A reg { field {} F; } TOO; `endif
            };
            """);

        Assert.Equal(["RIGHT", "TOO"], Assert.Single(Load("m.rdl").Blocks).Registers.Select(register => register.Name));
    }

    [Theory]
    [InlineData("addrmap m {\n`include \"part.rdl\"\n};\n", "\n\n  reg { field {} f f; } R;\n", "part.rdl:3: expected ';', got 'f'")]
    [InlineData("addrmap m {\n`include \"part.rdl\"\n  nonsense;\n};\n", "reg { field {} f; } R;\n", "m.rdl:3: ")]
    [InlineData("`define A(x) \\\n  x\n\naddrmap m {\n  `A(reg\n  { field {} f; } R);\n  nonsense;\n};\n", "", "m.rdl:7: ")]
    [InlineData("`include \"part.rdl\"\n", "`include \"nowhere.rdl\"\n",
        "part.rdl:1: `include \"nowhere.rdl\": there is no such file; it is looked for beside the one that names it, and beside the first")]
    [InlineData("`include \"part.rdl\"\n", "\n`include \"m.rdl\"\n",
        "macros or files are 64 within each other (part.rdl includes m.rdl includes part.rdl); one that needs itself never ends, unless `ifndef is "
        + "around it")]
    [InlineData("`define A `B\n`define B `A\naddrmap m { `A };\n", "", "m.rdl:3: macros or files are 64 within each other; one that needs itself")]
    [InlineData("`define WIDTH 4\naddrmap m { reg { field {} f[`WIDHT]; } R; };\n", "", "m.rdl:2: there is no macro `WIDHT; did you mean `WIDTH?")]
    [InlineData("addrmap m { `X };\n", "", "m.rdl:1: there is no macro `X; expected `define of it before")]
    [InlineData("`define A(x, y) x y\naddrmap m { `A(1) };\n", "", "m.rdl:2: `A is given 1 arguments; expected 2")]
    [InlineData("`define A(x) x\naddrmap m { `A };\n", "", "m.rdl:2: `A has parameters; expected ( after it")]
    [InlineData("`define A(x) x\naddrmap m {\n`A(1;\n};\n", "", "the parentheses of `A have no end; expected )")]
    [InlineData("\n`ifdef A\naddrmap m { };\n", "", "m.rdl:2: this `ifdef has no end; expected `endif")]
    [InlineData("`endif\n", "", "m.rdl:1: `endif without `ifdef before it")]
    [InlineData("`else\n", "", "m.rdl:1: `else without `ifdef before it")]
    [InlineData("`include part.rdl\n", "", "m.rdl:1: expected `include \"FILE\"")]
    [InlineData("`ifdef\naddrmap m {};\n`endif", "", "m.rdl:1: expected a name after `ifdef")]
    public void WhatIsWrongIsToldByItsOwnFileAndLine(string text, string part, string message)
    {
        Write("m.rdl", text);
        Write("part.rdl", part);

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Load("m.rdl")).Message, StringComparison.Ordinal);
    }

    // Each doubles: a page of text that would come to more than there is memory.
    [Fact]
    public void MacrosThatComeToMoreThanAMapCanBeAreRefused()
    {
        var text = string.Concat(Enumerable.Range(0, 50).Select(i => $"`define A{i + 1} `A{i} `A{i}\n"));
        Write("m.rdl", $"`define A0 x\n{text}addrmap m {{ `A50 }};\n");

        Assert.Contains("files and macros come to more than 16,777,216 characters", Assert.Throws<InvalidDataException>(() => Load("m.rdl")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ANoteNamesTheFileThatItIsAbout()
    {
        Write("m.rdl", "`include \"part.rdl\"\n");
        Write("part.rdl", "\naddrmap m { reg { field { counter; } f; } R; };\n");

        Assert.All(MapFile.Load(Path.Combine(folder, "m.rdl")).Notes, note => Assert.StartsWith("part.rdl:2: ", note, StringComparison.Ordinal));
        Assert.NotEmpty(MapFile.Load(Path.Combine(folder, "m.rdl")).Notes);
    }

    private DeviceMap Load(string name) => MapFile.Load(Path.Combine(folder, name)).Map;

    private void Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
