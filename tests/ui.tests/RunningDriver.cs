using Pcie.Fixtures.Programs;

namespace Pcie.Ui.Tests;

/// <summary>A driver model in a process of its own, with a control service.</summary>
internal sealed class RunningDriver : IDisposable
{
    private const string Ready = "Control service at ";

    private RunningDriver(RunningProgram program) => Program = program;

    public RunningProgram Program { get; }

    public static RunningDriver Start(params IEnumerable<string> arguments) =>
        new(RunningProgram.Start("driver-model", ["--control", "http://127.0.0.1:0", .. arguments]));

    /// <summary>Where its control service is.</summary>
    public async Task<string> ControlAsync()
    {
        var line = await Program.LogsAsync(Ready);
        return line[(line.IndexOf(Ready, StringComparison.Ordinal) + Ready.Length)..].Trim();
    }

    public void Dispose() => Program.Dispose();
}
