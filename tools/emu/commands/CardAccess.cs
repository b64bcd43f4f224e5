using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Grpc.Net.Client;
using Pcie.Control.Wire;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary>What the commands that look into a running card share: where it is, and how a register is named.</summary>
internal sealed class CardAccess
{
    // protobuf's own JSON: every field, by its name in the .proto; 64-bit numbers as strings.
    private static readonly JsonFormatter Json =
        new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true));

    private const uint Whole = 32;

    private readonly Argument<string> uri = new("uri") { Description = "Where the emulator is: http://host:port, https://host:port or unix:/path." };
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON object and nothing else." };
    private readonly TlsCommandLine tls;

    public CardAccess(Command command)
    {
        command.Arguments.Add(uri);
        command.Options.Add(json);
        tls = new TlsCommandLine(command, "server");
    }

    /// <summary>The argument that names a register.</summary>
    public static Argument<string> Register() => new("register")
    {
        Description = "Its name, as in INT_CAUSE, or BAR and offset, as in 0:0x20; to peek, also a field, as in INT_CAUSE.TEST.",
    };

    public GrpcChannel Open(ParseResult parsed) =>
        HostConnector.OpenChannel(LinkUri.Parse(parsed.GetRequiredValue(uri)), TimeSpan.FromSeconds(1), tls.Read(parsed));

    public static DateTime Deadline => DateTime.UtcNow.AddSeconds(5);

    /// <returns>Name or place; one of them is null.</returns>
    /// <exception cref="FormatException">It is neither.</exception>
    public static (string? Name, RegisterPlace? Place) ParseRegister(string text)
    {
        var colon = text.IndexOf(':');
        if (colon < 0) return (text, null);
        if (!uint.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var bar)
            || !TryParseNumber(text[(colon + 1)..], out var offset))
            throw new FormatException($"'{text}' is no register; expected a name, or BAR and offset as in 0:0x20.");
        return (null, new RegisterPlace { Bar = bar, Offset = offset });
    }

    /// <exception cref="FormatException">It is no number.</exception>
    public static ulong ParseValue(string text) => TryParseNumber(text, out var value)
        ? value : throw new FormatException($"'{text}' is no value; expected a number, as in 12 or 0x1F.");

    /// <summary>Prints a message as the user wants it: as JSON, in the names of control.proto, or as text.</summary>
    public void Print<T>(ParseResult parsed, T message, Func<T, string> asText) where T : IMessage =>
        Console.WriteLine(parsed.GetValue(json) ? Json.Format(message) : asText(message));

    /// <summary>Name, place, value; the flags that are set, and the fields that are numbers.</summary>
    /// <param name="card">Says how wide fields are.</param>
    public static string TextOf(RegisterValue register, CardDescription card)
    {
        var widths = card.Registers.FirstOrDefault(r => r.Name == register.Name)?.Fields.ToDictionary(f => f.Name, f => f.WidthBits) ?? [];
        var fields = from field in register.Fields
                     let width = widths.GetValueOrDefault(field.Name, Whole)
                     where field.Value != 0 || width is > 1 and < Whole
                     select width == 1 ? field.Name : $"{field.Name}=0x{field.Value:x}";
        return $"{register.Name,-22} {register.Bar}:0x{register.Offset:x3}  0x{register.Value:x8}  {string.Join(' ', fields)}".TrimEnd();
    }

    private static bool TryParseNumber(string text, out ulong value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
