using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pcie.Fixtures.Programs;

namespace Pcie.Workers.Tests;

/// <summary>Debian's PostgreSQL on a port that nobody has, with a database of its own; without it the test is skipped.</summary>
internal sealed class PostgresServer : IDisposable
{
    public const string Password = "open sesame";

    private const string Versions = "/usr/lib/postgresql";

    private static readonly string? Programs = !Directory.Exists(Versions) ? null
        : Directory.EnumerateDirectories(Versions).Select(version => Path.Combine(version, "bin")).FirstOrDefault(Directory.Exists);

    private readonly TemporaryFolder folder = new();
    private readonly int port;
    private RunningProgram? program;

    private PostgresServer()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        port = ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>Its user is called pcie.</summary>
    public string Uri => string.Create(CultureInfo.InvariantCulture, $"postgres://pcie@127.0.0.1:{port}/postgres");

    public static async Task<PostgresServer> StartAsync()
    {
        if (Programs is null) Assert.Skip("There is no PostgreSQL: apt-get install postgresql.");
        var server = new PostgresServer();
        try
        {
            server.folder.Write("password", Password);
            // It does not run as root; then it runs as the user whom its package has made.
            if (IsRoot) await RunAsync(new ProcessStartInfo("chown", ["-R", "postgres", Path.GetDirectoryName(server.folder["x"])!]));
            await RunAsync(server.Of("initdb", "--username=pcie", "--auth=scram-sha-256", $"--pwfile={server.folder["password"]}", "--no-sync",
                "--no-locale", "--encoding=UTF8"));
            server.program = RunningProgram.Start(server.Of("postgres", "-p", $"{server.port}", "-c", "listen_addresses=127.0.0.1", "-c",
                "unix_socket_directories=", "-c", "fsync=off"));
            await server.program.LogsAsync("ready to accept connections");
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        // In order, so that the processes that it has started end, too.
        program?.Interrupt();
        program?.ExitAsync().GetAwaiter().GetResult();
        program?.Dispose();
        folder.Dispose();
    }

    private static async Task RunAsync(ProcessStartInfo start)
    {
        using var running = RunningProgram.Start(start);
        Assert.True(await running.ExitAsync() == 0, $"{running}");
    }

    private ProcessStartInfo Of(string name, params string[] arguments)
    {
        string[] command = [Path.Combine(Programs!, name), "-D", folder["data"], .. arguments];
        return !IsRoot ? new ProcessStartInfo(command[0], command[1..])
            : new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", .. command]);
    }
}
