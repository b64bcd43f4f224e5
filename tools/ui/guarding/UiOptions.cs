using Pcie.Link;
using Pcie.Link.Grpc;

namespace Pcie.Ui.Guarding;

/// <summary>Where the page is served, and to whom.</summary>
/// <param name="Listen">http on loopback, or https. Port 0 lets the system choose.</param>
/// <param name="Credentials">The server's certificate, and the authority of its clients'. https only.</param>
/// <param name="Token">What a browser has to show that has no certificate; null if it needs one.</param>
public sealed record UiOptions(LinkUri Listen, TlsCredentials? Credentials = null, string? Token = null)
{
    /// <summary>Shorter ones could be guessed.</summary>
    public const int ShortestToken = 16;

    /// <exception cref="FormatException">Strangers could reach it.</exception>
    public void Check()
    {
        if (Listen.Scheme is not (LinkScheme.Http or LinkScheme.Https))
            throw new FormatException($"--listen {Listen}: a page is at http:// or https://.");
        if (Listen is { Scheme: LinkScheme.Http, IsLoopback: false })
            throw new FormatException($"--listen {Listen} can be reached from other machines, and http neither encrypts nor asks who comes. Listen "
                + "on 127.0.0.1, or on https:// with --certificate, --certificate-key and --server-ca.");
        if (Listen.Scheme == LinkScheme.Https && Credentials is null)
            throw new FormatException($"--listen {Listen} needs --certificate, --certificate-key and --server-ca (PEM files); browsers show a "
                + "certificate of that authority, or the token of --token-file.");
        if (Listen.Scheme == LinkScheme.Https && !TlsCredentials.IsFor(Credentials!.Certificate, TlsCredentials.ForServers))
            throw new FormatException($"--listen {Listen}: the certificate of '{Credentials.Certificate.Subject}' is not for servers; its extended "
                + "key usage needs serverAuth.");
        if (Token is { Length: < ShortestToken })
            throw new FormatException($"A token of {Token.Length} characters can be guessed; expected {ShortestToken} or more.");
    }
}
