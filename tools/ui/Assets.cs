using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pcie.Ui;

/// <summary>The files of the page, which are in this assembly: style, scripts, and the licence of what is not ours.</summary>
internal static class Assets
{
    private static readonly (string Path, string Resource, string Type)[] All =
    [
        ("/live.css", "live.css", "text/css"), ("/live.js", "live.js", "text/javascript"),
        ("/uplot.css", "uplot.css", "text/css"), ("/uplot.js", "uplot.js", "text/javascript"),
        ("/uplot.LICENSE.txt", "uplot.LICENSE.txt", "text/plain"), ("/_framework/blazor.web.js", "blazor.web.js", "text/javascript"),
    ];

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, resource, type) in All)
            routes.MapGet(path, (HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "no-cache";
                return Results.Stream(typeof(Assets).Assembly.GetManifestResourceStream(resource)!, $"{type}; charset=utf-8");
            });
    }
}
