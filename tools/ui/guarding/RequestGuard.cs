using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using NLog;
using Pcie.Logging;

namespace Pcie.Ui.Guarding;

/// <summary>
/// Who may ask for what. A page of somebody else's, open in the same browser, reaches loopback too: what it sends has its Origin, or says that it is
/// cross-site. And a name of somebody else's can be made to lead here: then the Host is that name. Neither is answered. Who is not on loopback
/// shows a certificate, which TLS sees to, or the token.
/// </summary>
public sealed class RequestGuard(UiOptions options)
{
    private const string Cookie = "emu-token", Query = "token";

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Ui");

    private static readonly (string Name, string Value)[] Headers =
    [
        ("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            + "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ];

    private long refused;

    /// <summary>As middleware, in front of all others.</summary>
    public async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        foreach (var (name, value) in Headers) context.Response.Headers[name] = value;
        if (WhyForeign(context.Request) is { } foreign)
        {
            Log.Repeatedly(LogLevel.Warn, (ulong)Interlocked.Increment(ref refused), $"Refused a request for {context.Request.Path}: {foreign}");
            await SayAsync(context, StatusCodes.Status403Forbidden, foreign);
            return;
        }
        if (options.Token is null || Equal(context.Request.Cookies[Cookie], options.Token))
        {
            await next(context);
            return;
        }
        if (!Equal(context.Request.Query[Query], options.Token))
        {
            await SayAsync(context, StatusCodes.Status401Unauthorized, "This page needs a token: open it by the address that emu ui printed.");
            return;
        }
        context.Response.Cookies.Append(Cookie, options.Token,
            new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, IsEssential = true });
        context.Response.Redirect("/");
    }

    private string? WhyForeign(HttpRequest request)
    {
        if (!IsOurs(request.Host.Host)) return $"the host '{request.Host}' is not where this page is.";
        string? origin = request.Headers.Origin, site = request.Headers["Sec-Fetch-Site"];
        if (!string.IsNullOrEmpty(origin) && origin != $"{request.Scheme}://{request.Host}") return $"it comes from a page of {origin}.";
        // Somebody follows a link to here, which shows the page and does nothing: the token's cookie does not come along.
        var isNavigation = HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate";
        return site is "cross-site" or "same-site" && !isNavigation ? "it comes from a page of another site." : null;
    }

    private bool IsOurs(string host) => options.Listen.IsLoopback
        ? host.Trim('[', ']') is "localhost" or "127.0.0.1" or "::1" || host.Trim('[', ']') == options.Listen.Host
        : host.Trim('[', ']') == options.Listen.Host || options.Credentials!.Certificate.MatchesHostname(host.Trim('[', ']'));

    private static bool Equal(string? said, string token) =>
        said is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(said), Encoding.UTF8.GetBytes(token));

    private static Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(char.ToUpperInvariant(text[0]) + text[1..] + "\n");
    }
}
