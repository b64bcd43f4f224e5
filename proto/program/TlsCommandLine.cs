using System.CommandLine;
using Pcie.Link.Grpc;

namespace Pcie.Program;

/// <summary>The options by which a program is told who it is and whom it trusts, for https.</summary>
public sealed class TlsCommandLine
{
    private readonly Option<string?> certificate = new("--certificate") { Description = "https: own certificate.", HelpName = "PEM" };
    private readonly Option<string?> key = new("--certificate-key") { Description = "https: its private key.", HelpName = "PEM" };
    private readonly Option<string?> authority;
    private readonly Option<string?> revoked;
    private readonly string authorityName;

    /// <param name="command">Gets the options.</param>
    /// <param name="peer">Whose authority it is: "client" or "server".</param>
    public TlsCommandLine(Command command, string peer)
    {
        authorityName = $"--{peer}-ca";
        authority = new Option<string?>(authorityName)
        {
            Description = $"https: authority that the {peer}'s certificate leads to.", HelpName = "PEM",
        };
        revoked = new Option<string?>("--crl") { Description = $"https: {peer}s' certificates that are revoked.", HelpName = "PEM" };
        foreach (var option in (Option[])[certificate, key, authority, revoked]) command.Options.Add(option);
    }

    /// <returns>Null if none of the options is given.</returns>
    /// <exception cref="FormatException">Only some of them are.</exception>
    public TlsCredentials? Read(ParseResult parsed) => (parsed.GetValue(certificate), parsed.GetValue(key), parsed.GetValue(authority)) switch
    {
        (null, null, null) when parsed.GetValue(revoked) is null => null,
        ({ } own, { } itsKey, { } trusted) => TlsCredentials.FromPem(own, itsKey, trusted, parsed.GetValue(revoked)),
        _ => throw new FormatException($"--certificate, --certificate-key and {authorityName} go together: give all three; --crl is for them."),
    };
}
