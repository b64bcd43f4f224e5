using System.Text;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Scenario;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>Scenario files, read by both programs. A refusal says where: file, line and column.</summary>
internal sealed class ScenarioTarget : IFuzzTarget
{
    private static readonly byte[][] Samples =
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "scenarios"), "*.toml").Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes),
    ];

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "[", "]",
            "[[", "]]", "{", "}", "=", ".", ",", "\"", "'", "\"\"\"", "#", "\n", "\r\n", "\t", "\\", "\\u", "\\uD800", "inf", "-inf", "nan",
            "true",
            "1e308", "-1e-308", "1979-05-27T07:32:00Z", "[host]", "[[host.interference]]",
            "[card]", "[[card]]", "[[driver]]", "[driver]", "[run]", "[expect]", "\"1ms\"",
            "\"0ns\"",
            "\"-1us\"", "\"99999999999999999999h\"", "\"1 GB/s\"", "{ exponential = \"1ms\" }", "{ uniform = [\"0us\", \"1h\"] }", "\u00B5",
            "\u2028", "\uFEFF", "\0", "at = [\"1s\"]", "name = \"x\"\n", "seed = 9223372036854775807\n", "duration = \"292y\"\n", "a.b.c = 1\n",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80],
    ];

    public byte[] Next(Mutator mutator) => mutator.Spoil(Samples, Words);

    public bool Take(byte[] input)
    {
        try
        {
            var file = ScenarioFile.Parse(Encoding.UTF8.GetString(input), "f.toml", AppContext.BaseDirectory);
            var host = HostScenario.Read(file);
            DaqCardOptions.Read(file.OfCard(host.Cards.Count), host.Run.Seed);
            return true;
        }
        catch (ScenarioException e)
        {
            Assert.All(e.Errors, error => Assert.Matches(@"^f\.toml:\d+:\d+: .", error));
            return false;
        }
    }
}
