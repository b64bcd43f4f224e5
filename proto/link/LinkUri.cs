using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pcie.Link;

/// <summary>Where a link is, and over which medium.</summary>
/// <param name="Scheme">The medium.</param>
/// <param name="Host">Host name or IP address, IPv6 without brackets; empty unless the medium is TCP.</param>
/// <param name="Port">TCP port; 0 lets a listener choose.</param>
/// <param name="Path">Absolute path of a UNIX socket; else empty.</param>
public sealed record LinkUri(LinkScheme Scheme, string Host = "", int Port = 0, string Path = "")
{
    private const string Forms = "expected inproc:, http://host:port, https://host:port or unix:/path";

    /// <summary>Both sides in one process.</summary>
    public static LinkUri InProcess { get; } = new(LinkScheme.InProcess);

    /// <exception cref="FormatException">It is none of the forms; the text says which there are.</exception>
    public static LinkUri Parse(string text) =>
        TryParse(text, out var uri, out var error) ? uri : throw new FormatException(error);

    public static bool TryParse(string text, [NotNullWhen(true)] out LinkUri? uri, [NotNullWhen(false)] out string? error) =>
        TryParse(text, OperatingSystem.IsWindows(), out uri, out error);

    /// <param name="windows">Whether paths are Windows'.</param>
    internal static bool TryParse(string text, bool windows, [NotNullWhen(true)] out LinkUri? uri, [NotNullWhen(false)] out string? error)
    {
        uri = null;
        error = null;
        if (text == "inproc:") uri = InProcess;
        else if (text.StartsWith("unix:", StringComparison.Ordinal)) ParseUnix(text, windows, out uri, out error);
        else if (text.StartsWith("http:", StringComparison.Ordinal) || text.StartsWith("https:", StringComparison.Ordinal))
            ParseTcp(text, out uri, out error);
        else if (text.StartsWith("shm:", StringComparison.Ordinal))
            error = $"'{text}': shared memory is planned, but not there yet; {Forms}.";
        else
            error = $"'{text}' is no link; {Forms}.";
        return uri is not null;
    }

    private static void ParseUnix(string text, bool windows, out LinkUri? uri, out string? error)
    {
        // sockaddr_un holds 108 bytes, macOS' 104, the last of them 0.
        var path = text["unix:".Length..];
        var longest = OperatingSystem.IsMacOS() ? 103 : 107;
        var isAbsolute = windows ? path is [>= 'A' and <= 'Z' or >= 'a' and <= 'z', ':', '\\' or '/', ..] : path.StartsWith('/');
        error = !isAbsolute || path.Contains('\0') ? $"'{text}': the path must be absolute; {Forms}."
            : System.Text.Encoding.UTF8.GetByteCount(path) > longest ? $"'{text}': the path of a UNIX socket has at most {longest} bytes."
            : null;
        uri = error is null ? new LinkUri(LinkScheme.Unix, Path: path) : null;
    }

    private static void ParseTcp(string text, out LinkUri? uri, out string? error)
    {
        uri = null;
        error = $"'{text}': {Forms}.";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var parsed) || parsed.Host.Length == 0 || parsed.UserInfo.Length > 0
            || parsed.Query.Length > 0 || parsed.Fragment.Length > 0 || parsed.AbsolutePath != "/") return;
        // A port must be given: http's own, 80, would be a surprise.
        var colon = text.TrimEnd('/').LastIndexOf(':');
        if (!int.TryParse(text.TrimEnd('/')[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            error = $"'{text}': the port is missing; {Forms}.";
            return;
        }
        error = null;
        uri = new LinkUri(parsed.Scheme == Uri.UriSchemeHttps ? LinkScheme.Https : LinkScheme.Http, parsed.DnsSafeHost, port);
    }

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => Scheme is LinkScheme.InProcess or LinkScheme.Unix || Host == "localhost"
        || (System.Net.IPAddress.TryParse(Host, out var address) && System.Net.IPAddress.IsLoopback(address));

    /// <summary>As it is parsed.</summary>
    public override string ToString() => Scheme switch
    {
        LinkScheme.InProcess => "inproc:",
        LinkScheme.Unix => $"unix:{Path}",
        _ => string.Create(CultureInfo.InvariantCulture,
            $"{(Scheme == LinkScheme.Https ? "https" : "http")}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}"),
    };
}
