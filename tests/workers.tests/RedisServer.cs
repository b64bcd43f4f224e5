using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pcie.Fixtures.Programs;
using StackExchange.Redis;

namespace Pcie.Workers.Tests;

/// <summary>Debian's Redis on a port that nobody has, which keeps in a folder of the test what it is told; without it the test is skipped.</summary>
internal sealed class RedisServer : IDisposable
{
    private const string Program = "/usr/bin/redis-server";

    private readonly TemporaryFolder folder = new();
    private readonly string[] more;
    private readonly int port;
    private RunningProgram program;

    private RedisServer(string[] more)
    {
        this.more = more;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        program = Launch();
    }

    public string Uri => string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{port}");

    public static async Task<RedisServer> StartAsync(params string[] more)
    {
        if (!File.Exists(Program)) Assert.Skip("There is no Redis: apt-get install redis-server.");
        var server = new RedisServer(more);
        await server.program.PrintsAsync("Ready to accept connections");
        return server;
    }

    /// <summary>How many keys it has.</summary>
    public async Task<long> KeysAsync()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port}");
        return (long)await connection.GetDatabase().ExecuteAsync("DBSIZE");
    }

    /// <summary>SIGKILL; returns when it is gone.</summary>
    public Task KillAsync()
    {
        program.Kill();
        return program.ExitAsync();
    }

    /// <summary>With what it had been told.</summary>
    public Task RestartAsync()
    {
        program.Dispose();
        program = Launch();
        return program.PrintsAsync("Ready to accept connections");
    }

    public void Dispose()
    {
        program.Dispose();
        folder.Dispose();
    }

    private RunningProgram Launch() => RunningProgram.Start(new ProcessStartInfo(Program,
    [
        "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", Path.GetDirectoryName(folder["x"])!,
        "--appendonly", "yes", "--appendfsync", "always", .. more,
    ]));
}
