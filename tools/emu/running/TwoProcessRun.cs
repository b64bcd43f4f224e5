using System.Globalization;
using System.Text.Json;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Link;
using Pcie.Program;

namespace Pcie.Emu.Running;

/// <summary>A run with the two real programs, each in a process of its own. Both are gone when it returns, whatever happened.</summary>
public static class TwoProcessRun
{
    private const string ReadyLine = "listening on ";

    // A driver that was attached finds within this that its card is gone, and reports it; one that was not would wait for another.
    private static readonly TimeSpan NoticedWithin = TimeSpan.FromSeconds(6);

    /// <param name="started">Told the process ids of emulator and driver model once both run.</param>
    /// <exception cref="ProgramFailedException">A program refused or failed; it has said why on standard error.</exception>
    public static async Task<RunReport> ExecuteAsync(RunRequest request, Action<int, int, string>? started, CancellationToken cancellation)
    {
        var listen = request.Link == LinkKind.Unix
            ? $"unix:{Path.Combine(Path.GetTempPath(), $"emu-{Environment.ProcessId}-{Path.GetRandomFileName()}.sock")}"
            : "http://127.0.0.1:0";
        using var socket = new SocketLeftBehind(listen);
        using var emulator = ChildProgram.Start("emulator", EmulatorArguments(request, listen));
        var uri = await ReadyAsync(emulator, cancellation);
        using var driver = ChildProgram.Start("driver-model", DriverArguments(request, uri));
        started?.Invoke(emulator.ProcessId, driver.ProcessId, uri);
        // At an interrupt the driver model ends by itself, and reports what it has; only if it does not, it is ended.
        using var stop = cancellation.Register(driver.RequestExit);
        var reading = driver.Output.ReadToEndAsync(CancellationToken.None);
        var died = emulator.WaitForExitAsync(CancellationToken.None);
        if (await Task.WhenAny(reading, died) == died && await Task.WhenAny(reading, Task.Delay(NoticedWithin, CancellationToken.None)) != reading)
            throw new ProgramFailedException("emulator", await died);
        var output = await reading;
        var status = await driver.WaitForExitAsync(CancellationToken.None);
        if (status is not (ExitStatus.Done or ExitStatus.Unexpected or ExitStatus.Incomplete or ExitStatus.Interrupted))
            throw new ProgramFailedException("driver-model", status);
        try
        {
            return RunReport.FromJson<DaqReport>(output);
        }
        catch (JsonException)
        {
            throw new ProgramFailedException("driver-model", ExitStatus.Defect);
        }
    }

    private static async Task<string> ReadyAsync(ChildProgram emulator, CancellationToken cancellation)
    {
        var line = await emulator.Output.ReadLineAsync(cancellation);
        if (line?.StartsWith(ReadyLine, StringComparison.Ordinal) == true) return line[ReadyLine.Length..];
        throw new ProgramFailedException("emulator", await emulator.WaitForExitAsync(cancellation));
    }

    private static IEnumerable<string> EmulatorArguments(RunRequest request, string listen) =>
    [
        "--listen", listen, "--scenario", request.ScenarioPath, "--log-level", request.LogLevel,
        .. Option("--seed", request.Seed?.ToString(CultureInfo.InvariantCulture)),
        .. Option("--file", request.SourceFile is { } file ? Path.GetFullPath(file) : null),
        .. request.TraceFile is null ? (string[])[] : ["--record"],
    ];

    private static IEnumerable<string> DriverArguments(RunRequest request, string uri) =>
    [
        "--card", uri, "--scenario", request.ScenarioPath, "--json", "--log-level", request.LogLevel,
        .. Option("--seed", request.Seed?.ToString(CultureInfo.InvariantCulture)),
        .. Option("--duration", request.Duration),
        .. Option("--out", request.OutputFile),
        .. Option("--trace", request.TraceFile),
        .. Option("--flight", request.FlightFile),
        .. Option("--record", request.RecordFile),
        .. request.RecordPayload < 0 ? [] : Option("--record-payload", request.RecordPayload.ToString(CultureInfo.InvariantCulture)),
    ];

    // An emulator that was killed cannot take its socket away.
    private sealed record SocketLeftBehind(string Listen) : IDisposable
    {
        public void Dispose()
        {
            if (LinkUri.Parse(Listen) is { Scheme: LinkScheme.Unix, Path: var path }) File.Delete(path);
        }
    }

    private static string[] Option(string name, string? value) => value is null ? [] : [name, value];
}
