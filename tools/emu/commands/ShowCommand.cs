using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pcie.Emu.Listing;
using Pcie.Files;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Program;
using Pcie.Scenario;
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
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("show", "List a recorded session.") { file, from, to, bytes, json };
        command.SetAction(parsed =>
        {
            var path = RunCommand.Existing(parsed.GetRequiredValue(file))!;
            var (begin, end) = (Time(parsed, from) ?? SimTime.Zero, Time(parsed, to) ?? SimTime.Never);
            var most = parsed.GetValue(bytes);
            if (most is < 0 or > Frame.MaxPayload) throw new FormatException($"--bytes {most}: expected 0 to {Frame.MaxPayload}.");
            using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16);
            return NamedFile.Read(path, () =>
            {
                if (parsed.GetValue(json)) WriteJson(output, path, begin, end);
                else WriteText(output, path, begin, end, most);
                return ExitStatus.Done;
            });
        });
        return command;
    }

    // What is whole is shown, also of a recording that is not.
    private static void WriteText(StreamWriter output, string path, SimTime from, SimTime to, int bytes)
    {
        using var reader = SessionReader.Open(path);
        var head = reader.Head;
        output.Write($"session     {SessionText.Of(head)}\n\n{TlpLine.Header}\n");
        var map = new BusMap(CardRegisters.Find(head.VendorId, head.DeviceId));
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

    private static void WriteJson(StreamWriter output, string path, SimTime from, SimTime to)
    {
        var summary = SessionSummary.Of(path);
        var head = summary.Head;
        var map = new BusMap(CardRegisters.Find(head.VendorId, head.DeviceId));
        using var json = new Utf8JsonWriter(output.BaseStream, new JsonWriterOptions { Indented = false });
        json.WriteStartObject();
        json.WriteString("host", head.HostName);
        json.WriteString("device", head.DeviceName);
        json.WriteNumber("vendor_id", head.VendorId);
        json.WriteNumber("device_id", head.DeviceId);
        json.WriteString("note", head.Note);
        json.WriteString("pacing", head.Pacing == Pacing.WallClock ? "wall-clock" : "free-running");
        json.WriteNumber("latency_ns", head.Latency.Nanoseconds);
        if (head.PayloadKept < 0) json.WriteNull("payload_kept");
        else json.WriteNumber("payload_kept", head.PayloadKept);
        json.WriteNumber("host_tlps", summary.Requests);
        json.WriteNumber("device_tlps", summary.Speech);
        json.WriteString("link_down", summary.Down.Message);
        json.WriteStartArray("tlps");
        foreach (var recorded in SessionOrder.Read(path, head))
        {
            map.Learn(recorded);
            if (recorded.Tlp.SentAt < from || recorded.Tlp.SentAt >= to) continue;
            WriteJson(json, recorded, map);
            if (json.BytesPending > 1 << 16) json.Flush();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.BaseStream.WriteByte((byte)'\n');
    }

    private static void WriteJson(Utf8JsonWriter json, in RecordedTlp recorded, BusMap map)
    {
        var tlp = recorded.Tlp;
        json.WriteStartObject();
        json.WriteString("direction", recorded.Direction == LinkDirection.HostToDevice ? "host-to-device" : "device-to-host");
        json.WriteNumber("number", recorded.Number);
        json.WriteNumber("time_ns", tlp.SentAt.Nanoseconds);
        json.WriteString("tlp", TlpLine.NameOf(tlp));
        if (tlp.Kind != TlpKind.MemoryWrite) json.WriteNumber("tag", tlp.Tag);
        if (tlp.Kind == TlpKind.Completion) json.WriteString("status", TlpLine.StatusOf(tlp.Status));
        json.WriteString("address", $"0x{tlp.Address:x}");
        json.WriteNumber("length", tlp.Length);
        if (tlp.Kind != TlpKind.Completion)
        {
            json.WriteNumber("first_be", tlp.FirstByteEnables);
            json.WriteNumber("last_be", tlp.LastByteEnables);
        }
        json.WriteString("what", map.NameOf(recorded));
        if (tlp.HasPayload) json.WriteString("payload", Convert.ToHexStringLower(recorded.Payload.Span));
        if (recorded.Hash is { } hash) json.WriteString("payload_xxh3", $"{hash:x16}");
        json.WriteEndObject();
    }

    private static SimTime? Time(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        return Quantity.Duration.TryParse(text, out var nanoseconds, out var problem)
            ? new SimTime(nanoseconds)
            : throw new FormatException($"{option.Name} {text}: {problem}; expected a time since the session began, as in 1.5ms.");
    }
}
