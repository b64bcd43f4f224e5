using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Pcie.Bench.Workers;

/// <summary>A Redis of our own, for as long as this object lives.</summary>
internal sealed class RedisProcess : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("bench-redis-");
    private readonly Process process;

    public RedisProcess()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Uri = $"redis://{probe.LocalEndpoint}";
        }
        process = Process.Start(new ProcessStartInfo("redis-server",
        [
            "--port", Uri[(Uri.LastIndexOf(':') + 1)..], "--bind", "127.0.0.1", "--dir", folder.FullName, "--appendonly", "yes",
        ]) { RedirectStandardOutput = true })!;
        using var ready = new ManualResetEventSlim();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Ready to accept", StringComparison.Ordinal) != false) ready.Set();
        };
        process.BeginOutputReadLine();
        ready.Wait();
    }

    public string Uri { get; }

    /// <summary>What it keeps, in bytes.</summary>
    public long Memory
    {
        get
        {
            using var ask = Process.Start(new ProcessStartInfo("redis-cli", ["-p", Uri[(Uri.LastIndexOf(':') + 1)..], "info", "memory"])
            {
                RedirectStandardOutput = true,
            })!;
            var line = ask.StandardOutput.ReadToEnd().Split('\n').First(text => text.StartsWith("used_memory:", StringComparison.Ordinal));
            return long.Parse(line.Split(':')[1].Trim(), CultureInfo.InvariantCulture);
        }
    }

    public TimeSpan Processor
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
        folder.Delete(recursive: true);
    }
}
