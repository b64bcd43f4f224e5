using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pcie.Link;

/// <summary>Where a link is, and over which medium.</summary>
/// <param name="Scheme">The medium.</param>
/// <param name="Host">Host name or IP address, IPv6 without brackets; the name of shared memory, if it is given by one; else empty.</param>
/// <param name="Port">TCP port; 0 lets a listener choose.</param>
/// <param name="Path">Absolute path of a UNIX socket, of shared memory too; else empty.</param>
/// <param name="Device">What is attached, where no other program is: a device of QEMU's and its properties, or a PCI function of this
/// machine; else empty.</param>
public sealed record LinkUri(LinkScheme Scheme, string Host = "", int Port = 0, string Path = "", string Device = "")
{
    private const string Forms = "expected inproc:, http://host:port, https://host:port, unix:/path, or shm:/path or shm:name; for hosts also "
        + "qtest:device or vfio:0000:03:00.0";

    private const int LongestDevice = 1000;

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
        else if (text.StartsWith("unix:", StringComparison.Ordinal)) ParseSocket(text, LinkScheme.Unix, Forms, windows, out uri, out error);
        else if (text.StartsWith("shm:", StringComparison.Ordinal)) ParseSocket(text, LinkScheme.Shm, Forms, windows, out uri, out error);
        else if (text.StartsWith("qtest:", StringComparison.Ordinal)) ParseDevice(text, out uri, out error);
        else if (text.StartsWith("vfio:", StringComparison.Ordinal)) ParseFunction(text, out uri, out error);
        else if (text.StartsWith("http:", StringComparison.Ordinal) || text.StartsWith("https:", StringComparison.Ordinal))
            ParseTcp(text, out uri, out error);
        else
            error = $"'{text}' is no link; {Forms}.";
        return uri is not null;
    }

    /// <summary>The path of a UNIX socket that is named as a <c>unix:</c> link is, but is no link of ours.</summary>
    /// <param name="scheme">What the text begins with.</param>
    /// <exception cref="FormatException">It is none that a socket can have.</exception>
    public static string ParseSocketPath(string text, string scheme)
    {
        ParseSocket(text, LinkScheme.Unix, $"expected {scheme}/path", OperatingSystem.IsWindows(), out var uri, out var error);
        return uri?.Path ?? throw new FormatException(error);
    }

    private static void ParseSocket(string text, LinkScheme scheme, string forms, bool windows, out LinkUri? uri, out string? error)
    {
        // sockaddr_un holds 108 bytes, macOS' 104, the last of them 0.
        var path = text[(text.IndexOf(':') + 1)..];
        var name = scheme == LinkScheme.Shm && path.Length > 0 && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? path : "";
        if (name.Length > 0) path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"pcie-{name}.sock");
        var longest = OperatingSystem.IsMacOS() ? 103 : 107;
        var isAbsolute = windows ? path is [>= 'A' and <= 'Z' or >= 'a' and <= 'z', ':', '\\' or '/', ..] : path.StartsWith('/');
        error = !isAbsolute || path.Contains('\0') ? $"'{text}': the path must be absolute; {forms}."
            : System.Text.Encoding.UTF8.GetByteCount(path) > longest ? $"'{text}': the path of a UNIX socket has at most {longest} bytes."
            : null;
        uri = error is null ? new LinkUri(scheme, name, Path: path) : null;
    }

    // As QEMU's option -device has it; the rest is for QEMU to judge.
    private static void ParseDevice(string text, out LinkUri? uri, out string? error)
    {
        var device = text[(text.IndexOf(':') + 1)..];
        var isDevice = device.Length is > 0 and <= LongestDevice && char.IsAsciiLetterOrDigit(device[0]) && device.All(c => c is > ' ' and < '\x7F');
        error = isDevice ? null : $"'{text}' names no device of QEMU's; expected its name and properties without spaces, as in qtest:edu or "
            + "qtest:nvme,serial=1.";
        uri = isDevice ? new LinkUri(LinkScheme.Qtest, Device: device) : null;
    }

    // As the kernel names them: domain, bus, device and function.
    private static void ParseFunction(string text, out LinkUri? uri, out string? error)
    {
        var function = text[(text.IndexOf(':') + 1)..].ToLowerInvariant();
        // As lspci does without -D.
        if (function.Count(c => c == ':') == 1) function = "0000:" + function;
        var isFunction = function.Length == 12 && function[4] == ':' && function[7] == ':' && function[10] == '.' && function[11] is >= '0' and <= '7'
            && function.Where((_, i) => i is not (4 or 7 or 10)).All(char.IsAsciiHexDigit);
        error = isFunction ? null : $"'{text}' names no PCI function; expected domain, bus, device and function, as in vfio:0000:03:00.0 "
            + "('lspci -D').";
        uri = isFunction ? new LinkUri(LinkScheme.Vfio, Device: function) : null;
    }

    private static void ParseTcp(string text, out LinkUri? uri, out string? error)
    {
        uri = null;
        error = text.Contains("://*", StringComparison.Ordinal) || text.Contains("://+", StringComparison.Ordinal)
            ? $"'{text}': all addresses of a machine are 0.0.0.0 or [::], as in https://0.0.0.0:5000." : $"'{text}': {Forms}.";
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
    public bool IsLoopback => Scheme == LinkScheme.InProcess || IsForeign || IsSocketFile || Host == "localhost"
        || (System.Net.IPAddress.TryParse(Host, out var address) && System.Net.IPAddress.IsLoopback(address));

    /// <summary>Whether <see cref="Path"/> is that of a UNIX socket, where the server listens.</summary>
    public bool IsSocketFile => Scheme is LinkScheme.Unix or LinkScheme.Shm;

    /// <summary>Whether a device of others is attached in the host's process: nobody listens, and there is no control service.</summary>
    public bool IsForeign => Scheme is LinkScheme.Qtest or LinkScheme.Vfio;

    /// <summary>Whether the device has a time of its own, which is the wall clock's.</summary>
    public bool IsByWallClock => Scheme == LinkScheme.Vfio;

    /// <summary>As it is parsed.</summary>
    public override string ToString() => Scheme switch
    {
        LinkScheme.InProcess => "inproc:",
        LinkScheme.Qtest => $"qtest:{Device}",
        LinkScheme.Vfio => $"vfio:{Device}",
        LinkScheme.Unix => $"unix:{Path}",
        LinkScheme.Shm => $"shm:{(Host.Length > 0 ? Host : Path)}",
        _ => string.Create(CultureInfo.InvariantCulture,
            $"{(Scheme == LinkScheme.Https ? "https" : "http")}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}"),
    };
}
