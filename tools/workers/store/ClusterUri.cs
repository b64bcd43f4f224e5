namespace Pcie.Workers.Store;

/// <summary>What <c>--cluster</c> says.</summary>
public static class ClusterUri
{
    private const string Forms = "expected redis://host:port, rediss://host:port (TLS), or postgres://user@host:port/database";

    /// <param name="text">A user and a password may stand before the host: redis://user:password@host.</param>
    /// <param name="password">From a file, instead of one in the text; null for none.</param>
    /// <exception cref="FormatException">It is none of the forms; the text says which there are.</exception>
    public static IClusterStore Parse(string text, string? password = null)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw new FormatException($"--cluster '{WithoutPassword(text)}' is no store; {Forms}.");
        var words = uri.UserInfo.Split(':', 2);
        var (user, given) = (Uri.UnescapeDataString(words[0]), words.Length > 1 ? Uri.UnescapeDataString(words[1]) : null);
        if (given is not null && password is not null)
            throw new FormatException("--cluster has a password, and --password-file another one: give one of them.");
        var path = uri.AbsolutePath.Trim('/');
        switch (uri.Scheme)
        {
            case "redis" or "rediss":
                var database = 0;
                if (path.Length > 0 && !(int.TryParse(path, out database) && database is >= 0 and < 1024))
                    throw new FormatException($"--cluster {WithoutPassword(text)}: '{path}' is no number of a database.");
                return new RedisStore(uri.DnsSafeHost, uri.Port < 0 ? 6379 : uri.Port, uri.Scheme == "rediss", user, given ?? password, database);
            case "postgres" or "postgresql":
                if (path.Length == 0) throw new FormatException($"--cluster {WithoutPassword(text)}: the database is missing; {Forms}.");
                return new PostgresStore(uri.DnsSafeHost, uri.Port < 0 ? 5432 : uri.Port, user, given ?? password, path);
            default:
                throw new FormatException($"--cluster '{WithoutPassword(text)}' is no store; {Forms}.");
        }
    }

    // It may be no URI at all.
    private static string WithoutPassword(string text) => text.LastIndexOf('@') is >= 0 and var at ? $"…{text[at..]}" : text;
}
