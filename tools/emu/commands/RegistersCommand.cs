using System.CommandLine;
using System.Globalization;
using System.Text;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Maps;
using Pcie.Files;
using Pcie.Program;
using Pcie.Registers;
using Pcie.Registers.Formats;
using Pcie.Scenario;

namespace Pcie.Emu.Commands;

/// <summary><c>emu registers</c>: register maps, from and to the formats that others use.</summary>
internal static class RegistersCommand
{
    private const string Read = "SystemRDL, IP-XACT, CMSIS-SVD or CSV; FILE#NAME for one block of it.";

    // A card that has the registers of --map.
    private const string Mapped = "registers";

    private static readonly string[] Cards = [.. CardKinds.Plain.Keys.Select(kind => ScenarioTable.NameOf(kind))];

    public static Command Create() => new("registers", "Read and write register maps: SystemRDL, IP-XACT, CMSIS-SVD, CSV, C, Python, Markdown, C#.")
    {
        Import().WithExamples("emu registers import board.rdl --out BoardCard.cs"),
        Export().WithExamples("emu registers export --device daq --format c --out daq.h"),
    };

    private static Command Import()
    {
        var file = new Argument<string>("file") { Description = $"The registers: {Read}" };
        var output = Output("Write declarations in C# to this file, to begin a card with.");
        var command = new Command("import", "Read a register map: say what is in it and what of it is not carried, or begin a card with it.") { file,
            output };
        command.SetAction(parsed =>
        {
            var imported = MapFile.Load(parsed.GetRequiredValue(file));
            foreach (var note in imported.Notes) Console.Error.WriteLine($"note: {PrintableText.Of(note)}");
            if (parsed.GetValue(output) is { } path) Write(imported.Map, MapFormat.CSharp, path);
            else Console.Write(TextOf(imported));
            return ExitStatus.Done;
        });
        return command;
    }

    private static Command Export()
    {
        var device = new Option<string?>("--device") { Description = $"A card of ours: {string.Join(", ", Cards)}.", HelpName = "NAME" };
        device.AcceptOnlyFromAmong([.. Cards, Mapped]);
        var map = new Option<string?>("--map") { Description = $"Registers of a file: {Read}", HelpName = "FILE" };
        var format = new Option<string>("--format")
        {
            Description = $"How: {string.Join(", ", MapFormat.All.Select(one => one.Name))}.", HelpName = "NAME", Required = true,
        };
        format.AcceptOnlyFromAmong([.. MapFormat.All.Select(one => one.Name)]);
        var output = Output("Write to this file, rather than to standard output.");
        var command = new Command("export", "Write the registers of a card, or of a file, for other tools.") { device, map, format, output };
        command.SetAction(parsed =>
        {
            var written = MapOf(parsed.GetValue(device), parsed.GetValue(map));
            var chosen = MapFormat.All.Single(one => one.Name == parsed.GetRequiredValue(format));
            Write(written, chosen, parsed.GetValue(output));
            return ExitStatus.Done;
        });
        return command;
    }

    private static Option<string?> Output(string description) =>
        new Option<string?>("-o", "--out") { Description = description, HelpName = "PATH" }.AcceptWritableFilesOnly();

    private static DeviceMap MapOf(string? device, string? map)
    {
        if (device is null or Mapped == (map is null))
            throw new FormatException($"Whose registers? Give --device {string.Join(", ", Cards.SkipLast(1))} or {Cards[^1]}, or --map FILE.");
        if (map is null)
        {
            var design = CardKinds.Plain[CardKinds.Parse(device!)!.Value];
            using var card = EmulatedCard.InNoSlot(design);
            return CardMap.Of(design.Identity, card.Card);
        }
        var imported = MapFile.Load(map);
        foreach (var note in imported.Notes) Console.Error.WriteLine($"note: {PrintableText.Of(note)}");
        return imported.Map;
    }

    private static void Write(DeviceMap map, MapFormat format, string? path)
    {
        var text = format.Write(map);
        foreach (var loss in MapLosses.Of(map, format)) Console.Error.WriteLine($"note: {format.Name} does not carry {loss}");
        if (path is null)
        {
            Console.Write(text);
            return;
        }
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {map.Blocks.Sum(block => block.Registers.Count):#,0} registers"));
    }

    private static string TextOf(ImportedMap imported)
    {
        var map = imported.Map;
        var text = new StringBuilder();
        text.Append($"{map.Name}  {imported.Format}  {PrintableText.Of(map.Description)}".TrimEnd()).Append('\n');
        foreach (var block in map.Blocks)
        {
            var place = block.Bar is { } bar ? $"BAR {bar}" : "configuration space";
            text.Append(CultureInfo.InvariantCulture, $"\n{place}  {block.Name}  {block.Registers.Count:#,0} registers in 0x{block.Size:x} bytes\n");
            foreach (var register in block.Registers)
            {
                text.Append(CultureInfo.InvariantCulture, $"  0x{register.Offset:x3}  {register.Width,2}  {register.Name,-22} ");
                text.AppendJoin(' ', register.Fields.Select(one =>
                    $"{one.Name}[{one.Bits}]{(one.Access == FieldAccess.ReadWrite ? "" : $"={one.Access}")}"));
                text.Append('\n');
            }
        }
        return text.ToString();
    }
}
