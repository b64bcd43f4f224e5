using System.CommandLine;
using System.Globalization;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Scenario;

namespace Pcie.Program;

/// <summary>The options by which a program that has a host is told to record its session on the link.</summary>
public sealed class RecordOptions
{
    private readonly Option<string?> file = new Option<string?>("--record")
    {
        Description = "Record what crosses the link in this file; emu show lists it, emu replay plays it.", HelpName = "PATH",
    }.AcceptWritableFilesOnly();
    private readonly Option<int?> payload = PayloadOption("--record-payload");
    private readonly Option<string?> limit = LimitOption();

    /// <summary>How much of each payload to keep.</summary>
    public static Option<int?> PayloadOption(string name, params string[] aliases) => new(name, aliases)
    {
        Description = "Of each payload of the device keep so many bytes, and of a longer one a hash; all of it unless given.", HelpName = "BYTES",
    };

    /// <summary>How long the file may be.</summary>
    public static Option<string?> LimitOption() => new("--record-limit")
    {
        Description = "Let the recording be no longer; a session that is goes on without. "
            + $"{Quantity.Bytes.Format(SessionWriter.DefaultLimit)} unless given.",
        HelpName = "SIZE",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(file);
        command.Options.Add(payload);
        command.Options.Add(limit);
    }

    /// <returns>Null if nothing is to be recorded.</returns>
    /// <exception cref="FormatException">Something is said of a recording, and none is asked for.</exception>
    public string? File(ParseResult parsed) =>
        parsed.GetValue(file) ?? (parsed.GetValue(payload) is not null ? throw new FormatException("--record-payload needs --record: where to?")
            : parsed.GetValue(limit) is not null ? throw new FormatException("--record-limit needs --record: of what?")
            : null);

    /// <returns>As <see cref="SessionHead.PayloadKept"/>.</returns>
    /// <exception cref="FormatException">It is out of range.</exception>
    public int Payload(ParseResult parsed) => PayloadOf(parsed, payload);

    /// <returns>As <see cref="SessionWriter.Create"/> takes it.</returns>
    /// <exception cref="FormatException">It is out of range.</exception>
    public long Limit(ParseResult parsed) => LimitOf(parsed, limit);

    /// <inheritdoc cref="Limit"/>
    public static long LimitOf(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text) return SessionWriter.DefaultLimit;
        // As in a scenario, where a number without a unit is no text.
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            && !Quantity.Bytes.TryParse(text, out bytes, out var problem))
            throw new FormatException($"{option.Name} {text}: {problem}; expected {Quantity.Bytes.Expected}.");
        return bytes >= SessionWriter.LeastLimit ? bytes
            : throw new FormatException($"{option.Name} {text}: expected {Quantity.Bytes.Format(SessionWriter.LeastLimit)} or more.");
    }

    /// <inheritdoc cref="Payload"/>
    public static int PayloadOf(ParseResult parsed, Option<int?> option) => parsed.GetValue(option) switch
    {
        null => SessionHead.WholePayloads,
        >= 0 and <= Frame.MaxPayload and var kept => kept,
        var other => throw new FormatException($"{option.Name} {other}: expected 0 to {Frame.MaxPayload} bytes."),
    };
}
