using System.CommandLine;
using Pcie.Link;
using Pcie.Link.Recording;

namespace Pcie.Program;

/// <summary>The options by which a program that has a host is told to record its session on the link.</summary>
public sealed class RecordOptions
{
    private readonly Option<string?> file = new Option<string?>("--record")
    {
        Description = "Record what crosses the link in this file; emu show lists it, emu replay plays it.", HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<int?> payload = PayloadOption("--record-payload");

    /// <summary>How much of each payload to keep.</summary>
    public static Option<int?> PayloadOption(string name, params string[] aliases) => new(name, aliases)
    {
        Description = "Of each payload of the device keep so many bytes, and of a longer one a hash; all of it unless given.", HelpName = "BYTES",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(file);
        command.Options.Add(payload);
    }

    /// <returns>Null if nothing is to be recorded.</returns>
    /// <exception cref="FormatException">Something is said of a recording, and none is asked for.</exception>
    public string? File(ParseResult parsed) =>
        parsed.GetValue(file) ?? (parsed.GetValue(payload) is null ? null : throw new FormatException("--record-payload needs --record: where to?"));

    /// <returns>As <see cref="SessionHead.PayloadKept"/>.</returns>
    /// <exception cref="FormatException">It is out of range.</exception>
    public int Payload(ParseResult parsed) => PayloadOf(parsed, payload);

    /// <inheritdoc cref="Payload"/>
    public static int PayloadOf(ParseResult parsed, Option<int?> option) => parsed.GetValue(option) switch
    {
        null => SessionHead.WholePayloads,
        >= 0 and <= Frame.MaxPayload and var kept => kept,
        var other => throw new FormatException($"{option.Name} {other}: expected 0 to {Frame.MaxPayload} bytes."),
    };
}
