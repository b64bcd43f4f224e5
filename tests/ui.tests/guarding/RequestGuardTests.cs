using System.Net;
using System.Net.WebSockets;
using Pcie.EndToEnd.Tests.Fixtures;

namespace Pcie.Ui.Tests.Guarding;

/// <summary>What others may ask of a page that this machine serves.</summary>
public sealed class RequestGuardTests(CardPage served)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.Forbidden, "Origin: http://evil.example")]
    [InlineData(HttpStatusCode.Forbidden, "Origin: null")]
    [InlineData(HttpStatusCode.Forbidden, "Host: evil.example")]
    [InlineData(HttpStatusCode.Forbidden, "Host: evil.example", "Origin: http://evil.example")]
    [InlineData(HttpStatusCode.Forbidden, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors")]
    [InlineData(HttpStatusCode.OK, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")]
    [InlineData(HttpStatusCode.OK, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate")]
    public async Task APageOfAnotherSiteIsNotAnswered(HttpStatusCode expected, params string[] headers)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, served.Address);
        foreach (var header in headers) request.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]);

        using var answer = await client.SendAsync(request, Cancelled);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Host", "evil.example")]
    public async Task AWebSocketOfAnotherSiteThroughWhichRegistersCouldBeWrittenIsRefused(string header, string value)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader(header, value);

        await Assert.ThrowsAsync<WebSocketException>(() =>
            socket.ConnectAsync(new Uri(served.Address.Replace("http:", "ws:", StringComparison.Ordinal) + "_blazor"), Cancelled));

        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0", "can be reached from other machines, and http neither encrypts nor asks who comes")]
    [InlineData("https://127.0.0.1:0", "needs --certificate, --certificate-key and --server-ca")]
    [InlineData("unix:/tmp/page.sock", "a page is at http:// or https://")]
    public async Task BeyondLoopbackItIsRefusedWithoutCertificates(string listen, string why)
    {
        var refused = await EmuInProcess.RunAsync("ui", served.Card.Uri, "--listen", listen);

        Assert.Equal(2, refused.Status);
        Assert.Contains(why, refused.Errors, StringComparison.Ordinal);
    }
}
