using System.CommandLine;
using System.Globalization;
using Pcie.Control.Wire;
using Pcie.Emu.Access;
using Pcie.Emu.Maps;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Program;
using Pcie.Tables;

namespace Pcie.Emu.Commands;

/// <summary>What the commands that look into a running card share: where it is, and how a register is named.</summary>
internal sealed class CardAccess
{
    private const uint Usual = 32;

    private readonly Argument<string> uri = new("uri")
    {
        Description = "Where the emulator is: http://host:port, https://host:port, unix:/path or shm:/path; or a device of others, "
            + "afresh: qtest:device or vfio:address.",
    };
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON object and nothing else." };
    private readonly Option<string?> map = new("--map")
    {
        Description = "Registers by the names of this file: SystemRDL, IP-XACT, CMSIS-SVD or CSV; FILE#NAME for one block of it.", HelpName = "FILE",
    };
    private readonly TlsCommandLine tls;

    /// <param name="takesMap">Whether registers are looked at, which a file may name.</param>
    public CardAccess(Command command, bool takesMap = false)
    {
        command.Arguments.Add(uri);
        if (takesMap) command.Options.Add(map);
        command.Options.Add(json);
        tls = new TlsCommandLine(command, "server");
    }

    /// <summary>The argument that names a register.</summary>
    public static Argument<string> Register() => new("register")
    {
        Description = "Its name, as in INT_CAUSE, or BAR and offset, as in 0:0x20; to peek, also a field, as in INT_CAUSE.TEST.",
    };

    /// <summary>The card's control service, or a host's way to it if it has none.</summary>
    public OpenCard Open(ParseResult parsed)
    {
        var at = LinkUri.Parse(parsed.GetRequiredValue(uri));
        if (at.IsForeign)
        {
            var bus = BusControl.Open(at);
            return new OpenCard(bus, bus);
        }
        var channel = HostConnector.OpenChannel(at, TimeSpan.FromSeconds(1), tls.Read(parsed));
        return new OpenCard(new CardControl.CardControlClient(channel), channel);
    }

    /// <summary>The names that the user's file has; null if there is none.</summary>
    public MappedRegisters? Map(ParseResult parsed) => parsed.GetValue(map) is { } path ? MappedRegisters.Load(path) : null;

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

    /// <summary>A register's name and, if it names one, a field's. A field is named as the test kit names it, unless there is a register of that
    /// name.</summary>
    public static (string? Register, string? Field) Split(string? name, CardDescription card) =>
        name is null || name.LastIndexOf('.') is not (> 0 and var dot) || card.Registers.Any(register => register.Name == name)
            ? (name, null) : (name[..dot], name[(dot + 1)..]);

    /// <exception cref="FormatException">It is no number.</exception>
    public static ulong ParseValue(string text) => TryParseNumber(text, out var value)
        ? value : throw new FormatException($"'{text}' is no value; expected a number, as in 12 or 0x1F.");

    /// <summary>Prints an answer as the user wants it: as JSON or as text.</summary>
    public void Print(ParseResult parsed, Func<JsonForm> asJson, Func<string> asText) =>
        Console.WriteLine(parsed.GetValue(json) ? JsonOutput.TextOf(asJson()) : asText());

    /// <summary>Name, place, value; the flags that are set, and the fields that are numbers.</summary>
    /// <param name="card">Says how wide fields are.</param>
    public static string TextOf(RegisterValue register, CardDescription card)
    {
        var widths = card.Registers.FirstOrDefault(r => r.Name == register.Name)?.Fields.ToDictionary(f => f.Name, f => f.WidthBits) ?? [];
        var fields = from field in register.Fields
                     let isFlag = widths.GetValueOrDefault(field.Name) == 1
                     where field.Value != 0 || !isFlag
                     select isFlag ? field.Name : $"{field.Name}=0x{field.Value:x}";
        return $"{register.Name,-22} {register.Bar}:0x{register.Offset:x3}  {ValueOf(register, card)}  {string.Join(' ', fields)}".TrimEnd();
    }

    private static string ValueOf(RegisterValue register, CardDescription card)
    {
        var bits = card.Registers.FirstOrDefault(one => one.Name == register.Name)?.WidthBits ?? Usual;
        return "0x" + register.Value.ToString($"x{bits / 4}", CultureInfo.InvariantCulture);
    }

    private static bool TryParseNumber(string text, out ulong value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
