using System.CommandLine;
using System.Globalization;
using System.Text;
using Pcie.Emu.Listing;
using Pcie.Files;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Emu.Commands;

/// <summary><c>emu show</c>: lists a recorded session, as a bus analyser would.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A recorded session: emu record, or --record of emu run and driver-model." };
        var from = new Option<string?>("--from") { Description = "Only what was sent at or after this time, as in 1.5ms.", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "Only what was sent before this time.", HelpName = "TIME" };
        var bytes = new Option<int>("--bytes") { Description = "Most bytes of each payload to show.", HelpName = "N", DefaultValueFactory = _ => 16 };
        var names = new Option<string?>("--map")
        {
            Description = "Registers by the names of this file: SystemRDL, IP-XACT, CMSIS-SVD or CSV; FILE#NAME for one block of it.",
                HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("show", "List a recorded session.") { file, from, to, bytes, names, json };
        command.SetAction(parsed =>
        {
            var path = RunCommand.Existing(parsed.GetRequiredValue(file))!;
            var (begin, end) = (Time(parsed, from) ?? SimTime.Zero, Time(parsed, to) ?? SimTime.Never);
            var most = parsed.GetValue(bytes);
            if (most is < 0 or > Frame.MaxPayload) throw new FormatException($"--bytes {most}: expected 0 to {Frame.MaxPayload}.");
            using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16);
            return NamedFile.Read(path, () =>
            {
                if (parsed.GetValue(json)) WriteJson(output.BaseStream, path, begin, end, parsed.GetValue(names));
                else WriteText(output, path, begin, end, most, parsed.GetValue(names));
                return ExitStatus.Done;
            });
        });
        return command;
    }

    // What is whole is shown, also of a recording that is not.
    private static void WriteText(StreamWriter output, string path, SimTime from, SimTime to, int bytes, string? names)
    {
        using var reader = SessionReader.Open(path);
        var head = reader.Head;
        output.Write($"session     {SessionText.Of(head)}\n\n{TlpLine.Header}\n");
        var map = new BusMap(CardRegisters.Find(head.VendorId, head.DeviceId, names));
        foreach (var recorded in SessionOrder.Read(path, head))
        {
            map.Learn(recorded);
            if (recorded.Tlp.SentAt >= from && recorded.Tlp.SentAt < to) output.Write($"{TlpLine.Of(recorded, map, bytes)}\n");
        }
        var summary = SessionSummary.Of(path);
        output.Write('\n');
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"TLPs        {summary.Requests:#,0} of the host, {summary.Speech:#,0} of the device; {summary.Payload:#,0} bytes of payload\n"));
        if (summary.EndOfRun is { } end) output.Write($"end of run  {end}\n");
        output.Write($"link        {summary.Down.Message}\n");
    }

    private static void WriteJson(Stream output, string path, SimTime from, SimTime to, string? names)
    {
        var summary = SessionSummary.Of(path);
        JsonOutput.WriteLine(SessionFigures.Of(summary, Tlps()), output);

        IEnumerable<TlpFigures> Tlps()
        {
            var map = new BusMap(CardRegisters.Find(summary.Head.VendorId, summary.Head.DeviceId, names));
            foreach (var recorded in SessionOrder.Read(path, summary.Head))
            {
                map.Learn(recorded);
                if (recorded.Tlp.SentAt >= from && recorded.Tlp.SentAt < to) yield return TlpFigures.Of(recorded, map.NameOf(recorded));
            }
        }
    }

    private static SimTime? Time(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        return Quantity.Duration.TryParse(text, out var nanoseconds, out var problem)
            ? new SimTime(nanoseconds)
            : throw new FormatException($"{option.Name} {text}: {problem}; expected a time since the session began, as in 1.5ms.");
    }
}
