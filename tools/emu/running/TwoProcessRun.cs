using System.Globalization;
using System.Text.Json;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
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
    public static Task<RunReport> ExecuteAsync(RunRequest request, Action<int, int, string>? started, CancellationToken cancellation) =>
        ExecuteAsync(request, started, null, cancellation);

    /// <param name="progress">Told now and then how much of the run is done, 0 to 1; null if nobody wants to know.</param>
    /// <inheritdoc cref="ExecuteAsync(RunRequest, Action{int, int, string}?, CancellationToken)"/>
    public static async Task<RunReport> ExecuteAsync(RunRequest request, Action<int, int, string>? started, Action<double>? progress,
        CancellationToken cancellation)
    {
        var cards = ScenarioOfRun.Read(request, request.LoadScenario()).Host.Cards;
        var emulators = new List<CardProcess>();
        try
        {
            for (var slot = 1; slot <= cards.Count; slot++)
            {
                var listen = slot == 1 && request.Listen is { } place ? place : OwnPlace(request.Link);
                emulators.Add(new CardProcess(listen, ChildProgram.Start("emulator", EmulatorArguments(request, listen, slot))));
            }
            foreach (var emulator in emulators) emulator.Uri = await ReadyAsync(emulator.Program, cancellation);
            return await DriveAsync(request, emulators, [.. cards.Select(card => card.Driver.ReportType)], started, progress,
                cancellation);
        }
        finally
        {
            emulators.ForEach(emulator => emulator.Dispose());
        }
    }

    private static async Task<RunReport> DriveAsync(RunRequest request, List<CardProcess> emulators, IReadOnlyList<Type> reports,
        Action<int, int, string>? started, Action<double>? progress, CancellationToken cancellation)
    {
        using var driver = ChildProgram.Start("driver-model",
            [.. DriverArguments(request, emulators.Select(emulator => emulator.Uri)), .. progress is null ? (string[])[] : ["--progress"]]);
        started?.Invoke(emulators[0].Program.ProcessId, driver.ProcessId, emulators[0].Uri);
        // At an interrupt the driver model ends by itself, and reports what it has; only if it does not, it is ended.
        using var stop = cancellation.Register(driver.RequestExit);
        var reading = ReadReportAsync(driver.Output, progress);
        // Without its last card a run ends; without one of several it goes on.
        var died = Task.WhenAll(emulators.Select(emulator => emulator.Program.WaitForExitAsync(CancellationToken.None)));
        if (await Task.WhenAny(reading, died) == died && await Task.WhenAny(reading, Task.Delay(NoticedWithin, CancellationToken.None)) != reading)
            throw new ProgramFailedException("emulator", (await died)[0]);
        var output = await reading;
        var status = await driver.WaitForExitAsync(CancellationToken.None);
        if (status is not (ExitStatus.Done or ExitStatus.Unexpected or ExitStatus.Incomplete or ExitStatus.Interrupted))
            throw new ProgramFailedException("driver-model", status);
        try
        {
            return RunReport.FromJson(output, reports);
        }
        catch (JsonException)
        {
            throw new ProgramFailedException("driver-model", ExitStatus.Defect);
        }
    }

    /// <summary>Reads what a driver model prints: before the report, how far it is.</summary>
    internal static async Task<string> ReadReportAsync(TextReader output, Action<double>? progress)
    {
        while (await output.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (progress is null || !line.StartsWith(RunProgress.Beginning, StringComparison.Ordinal))
                return $"{line}\n{await output.ReadToEndAsync(CancellationToken.None)}";
            progress(double.Parse(line.AsSpan(RunProgress.Beginning.Length), CultureInfo.InvariantCulture));
        }
        return "";
    }

    private static async Task<string> ReadyAsync(ChildProgram emulator, CancellationToken cancellation)
    {
        var line = await emulator.Output.ReadLineAsync(cancellation);
        if (line?.StartsWith(ReadyLine, StringComparison.Ordinal) == true) return line[ReadyLine.Length..];
        throw new ProgramFailedException("emulator", await emulator.WaitForExitAsync(cancellation));
    }

    private static string OwnPlace(LinkKind link) => link == LinkKind.Grpc ? "http://127.0.0.1:0"
        : $"{(link == LinkKind.Shm ? "shm" : "unix")}:"
            + Path.Combine(Path.GetTempPath(), $"emu-{Environment.ProcessId}-{Path.GetRandomFileName()}.sock");

    private static IEnumerable<string> EmulatorArguments(RunRequest request, string listen, int slot) =>
    [
        "--listen", listen, "--scenario", request.ScenarioPath, "--log-level", request.LogLevel, .. Set(request),
        .. Option("--seed", request.Seed?.ToString(CultureInfo.InvariantCulture)),
        .. slot == 1 ? InsteadOf(request) : ["--slot", slot.ToString(CultureInfo.InvariantCulture)],
        .. request.TraceFile is null ? (string[])[] : ["--record"],
    ];

    // What the command line says of the card is said of the first.
    private static IEnumerable<string> InsteadOf(RunRequest request) =>
    [
        .. Option("--file", request.SourceFile is { } file ? Path.GetFullPath(file) : null),
        .. Option("--device", request.Device), .. Option("--device-config", request.DeviceConfig), .. Option("--wave", request.WaveFile),
    ];

    private static IEnumerable<string> DriverArguments(RunRequest request, IEnumerable<string> uris) =>
    [
        .. uris.SelectMany(uri => Option("--card", uri)), "--scenario", request.ScenarioPath, "--json", "--log-level", request.LogLevel,
        .. Set(request),
        .. Option("--seed", request.Seed?.ToString(CultureInfo.InvariantCulture)),
        .. Option("--duration", request.Duration),
        .. Option("--out", request.OutputFile),
        .. Option("--trace", request.TraceFile),
        .. Option("--flight", request.FlightFile),
        .. Option("--record", request.RecordFile),
        .. Option("--control", request.Control),
        .. request.RecordPayload < 0 ? [] : Option("--record-payload", request.RecordPayload.ToString(CultureInfo.InvariantCulture)),
        .. request.RecordFile is null ? [] : Option("--record-limit", request.RecordLimit.ToString(CultureInfo.InvariantCulture)),
    ];

    private static IEnumerable<string> Set(RunRequest request) => request.Changes.SelectMany(change => (string[])["--set", change.ToString()]);

    private sealed class CardProcess(string listen, ChildProgram program) : IDisposable
    {
        public ChildProgram Program => program;

        /// <summary>Where it has said that it listens.</summary>
        public string Uri { get; set; } = "";

        public void Dispose()
        {
            program.Dispose();
            // An emulator that was killed cannot take its socket away.
            if (LinkUri.Parse(listen) is { IsSocketFile: true, Path: var path }) File.Delete(path);
        }
    }

    private static string[] Option(string name, string? value) => value is null ? [] : [name, value];
}
