using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using Pcie.Emulator.Maps;
using Pcie.Fixtures.Programs;
using Pcie.Registers.Formats;
using Timer;

namespace Pcie.Registers.Tests.Formats;

/// <summary>What is written for languages says what the map says, and is taken by their compilers.</summary>
public sealed partial class WrittenTests
{
    private static readonly DeviceMap Timer = Samples.Load("timer.rdl").Map;

    [Fact]
    public void DeclarationsInCSharpAreTheOnesThatTheseTestsWereBuiltWith()
    {
        var written = MapFormat.CSharp.Write(Timer);
        var built = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "samples/TimerRegisters.cs.txt")).ReplaceLineEndings("\n");

        Assert.True(written == built, $"tests/registers.tests/samples/TimerRegisters.cs.txt is out of date; it should be:\n{written}");
    }

    [Fact]
    public void ACardOfDeclarationsInCSharpHasTheRegistersOfACardOfTheMap()
    {
        var (declared, mapped) = (new TimerRegisters().File, new MapCard(Timer).Registers);

        Assert.Equal(mapped.Registers.Select(Text), declared.Registers.Select(Text));

        static string Text(Pcie.Emulator.Registers.Register register) => $"{register.Name} {register.Offset:X} {register.ResetValue:X} "
            + string.Join(' ', register.Fields.Select(one => $"{one.Name} {one.LowestBit} {one.Width} {one.Access}"));
    }

    [Theory]
    [InlineData("c")]
    [InlineData("python")]
    public void ConstantsSayWhereFieldsAre(string name)
    {
        var format = MapFormat.All.Single(one => one.Name == name);

        RandomMaps.Any.Sample(map =>
        {
            Dictionary<string, ulong> constants;
            try
            {
                constants = Constants(format.Write(map));
            }
            catch (InvalidDataException e)
            {
                Assert.EndsWith("rename one of them in the map", e.Message, StringComparison.Ordinal);
                return;
            }
            foreach (var block in map.Blocks)
                foreach (var register in block.Registers)
                {
                    var bar = map.Blocks.Count == 1 ? "" : $"BAR{block.Bar}_";
                    var prefix = name == "c" ? $"{map.Name.ToUpperInvariant()}_{bar}{register.Name}" : $"{bar}{register.Name}";
                    Assert.Equal((register.Offset, register.Reset), (constants[prefix], constants[$"{prefix}_RESET"]));
                    foreach (var one in register.Fields)
                    {
                        Assert.Equal((one.Mask, (ulong)one.LowestBit), (constants[$"{prefix}_{one.Name}_MASK"],
                            constants[$"{prefix}_{one.Name}_SHIFT"]));
                        Assert.All(one.Values, value => Assert.Equal(value.Value, constants[$"{prefix}_{one.Name}_{value.Name}"]));
                    }
                }
        }, iter: 50, threads: 1);
    }

    [Fact]
    public void TwoThingsThatWouldHaveOneNameAreRefused()
    {
        var map = MapFile.Parse("register,offset,field,bits,values\nA,0,B,0,0=MASK\n", "m.csv").Map;

        Assert.Equal("C header: M_A_B_MASK would be the mask of A.B, and MASK of A.B too; rename one of them in the map",
            Assert.Throws<InvalidDataException>(() => MapFormat.C.Write(map)).Message);
    }

    [Fact]
    public async Task ACompilerTakesTheHeader()
    {
        using var folder = new TemporaryFolder();
        var header = folder.Write("timer.h", MapFormat.C.Write(Timer));
        await RunAsync("cc", "-std=c99", "-Wall", "-Werror", "-fsyntax-only", "-x", "c", header);
    }

    [Fact]
    public async Task PythonTakesTheModule()
    {
        using var folder = new TemporaryFolder();
        folder.Write("timer.py", MapFormat.Python.Write(Timer));
        await RunAsync("python3", "-c", $"import sys; sys.path.insert(0, r'{folder["."]}'); sys.dont_write_bytecode = True; import timer as t; "
            + "assert t.REGISTERS['STATUS'] == (0, 4, 32, 0xFF00, {'done': (0, 1, 'W1C'), 'late': (1, 1, 'W1C'), 'count': (8, 8, 'RC')}); "
            + "assert t.CTRL_mode_PERIODIC == 1 and t.CTRL_mode_MASK == 0xC");
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"There is no {program} here.");
            return;
        }
        using (process)
        {
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, errors);
        }
    }

    private static Dictionary<string, ulong> Constants(string text) => Constant().Matches(text).ToDictionary(
        match => match.Groups[1].Value.TrimEnd('_'), match => match.Groups[2].Value.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.Parse(match.Groups[2].Value[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : ulong.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^(?:#define )?(\w+) (?:= )?(0x[0-9A-F]+|\d+)U?(?:LL)?(?: |$)", RegexOptions.Multiline)]
    private static partial Regex Constant();
}
