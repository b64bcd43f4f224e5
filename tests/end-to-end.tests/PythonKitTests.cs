using System.ComponentModel;
using System.Diagnostics;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests;

/// <summary>
/// The package pcie-testkit: its wheel is built, installed into an environment of its own, without network, and used as docs/own-python.md says.
/// </summary>
public sealed class PythonKitTests(PythonKitTests.Installed installed) : IClassFixture<PythonKitTests.Installed>
{
    [Fact]
    public async Task ThePlansOfTheKitPassAgainstTheCard()
    {
        using var emulator = await RunningEmulator.StartAsync();

        var output = await PytestAsync("--pcie", emulator.Uri, Path.Combine(ShippedScenarios.Repository, "tools/python/tests"));

        Assert.Matches(@"\n\d+ passed in ", output);
    }

    [Fact]
    public async Task ThePlanOfThePagePassesByItsOwnCommands()
    {
        var page = await File.ReadAllLinesAsync(Path.Combine(ShippedScenarios.Repository, "docs/own-python.md"),
            TestContext.Current.CancellationToken);
        var plan = page.SkipWhile(line => line != "    import pytest").TakeWhile(line => line.Length == 0 || line.StartsWith("    ",
            StringComparison.Ordinal));
        installed.Folder.Write("test_card.py", string.Join('\n', plan.Select(line => line.Length == 0 ? line : line[4..])));
        Assert.Contains("    emu registers export --device edu --format python -o edu.py", page);
        var export = await RunningProgram.RunAsync("emu", "registers", "export", "--device", "edu", "--format", "python", "-o",
            installed.Folder["edu.py"]);
        Assert.True(export.Status == 0, export.ToString());
        using var emulator = await RunningEmulator.StartAsync("--device", "edu");

        Assert.Matches(@"\n2 passed in ", await PytestAsync("--pcie", emulator.Uri, installed.Folder["test_card.py"]));
        Assert.Matches(@"\n2 skipped in ", await PytestAsync(installed.Folder["test_card.py"]));
    }

    // As one that was built by hand, beside a distribution's that has it.
    [Fact]
    public async Task APythonThatCannotMakeTheWheelIsToldWhatItLacks()
    {
        if (installed.Missing is { } missing) Assert.Skip(missing);

        var (status, output) = await RunAsync("python3", "-S", Path.Combine(ShippedScenarios.Repository, "tools/python/build.py"),
            installed.Folder["nothing"]);

        Assert.Equal(1, status);
        Assert.Matches(@"^\S+ has no setuptools \(Debian: python3-setuptools, for /usr/bin/python3; elsewhere: \S+ -m pip install setuptools wheel\)",
            output);
    }

    private async Task<string> PytestAsync(params string[] arguments)
    {
        if (installed.Missing is { } missing) Assert.Skip(missing);
        var (status, output) = await RunAsync(installed.Python!, ["-m", "pytest", "-q", "-p", "no:cacheprovider", .. arguments]);
        Assert.True(status == 0, output);
        return output;
    }

    private static async Task<(int Status, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment.Remove("PCIE_DEVICE");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Made once: the wheel, and an environment that has it.</summary>
    public sealed class Installed : IAsyncLifetime
    {
        private const string Needs = "import grpc, google.protobuf, pytest, setuptools, wheel, venv, ensurepip, shutil; "
            + "assert shutil.which('protoc') and shutil.which('grpc_python_plugin')";

        // The machine's own comes first: that is where the distribution's packages are.
        private static readonly string[] Pythons = ["/usr/bin/python3", "python3"];

        public TemporaryFolder Folder { get; } = new();

        public string? Python { get; private set; }

        /// <summary>Why it could not be made; null if it was.</summary>
        public string? Missing { get; private set; }

        public async ValueTask InitializeAsync()
        {
            if (await FindAsync() is not { } python)
            {
                Missing = "No Python here with python3-grpcio, python3-protobuf, python3-pytest, python3-setuptools, python3-wheel, python3-venv, "
                    + "protobuf-compiler and protobuf-compiler-grpc.";
                return;
            }
            await MustAsync(python, Path.Combine(ShippedScenarios.Repository, "tools/python/build.py"), Folder["wheels"]);
            await MustAsync(python, "-m", "venv", "--system-site-packages", Folder["venv"]);
            Python = Folder["venv/bin/python"];
            await MustAsync(Python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", Directory.GetFiles(Folder["wheels"], "*.whl").Single());
        }

        public ValueTask DisposeAsync()
        {
            Folder.Dispose();
            return ValueTask.CompletedTask;
        }

        private static async Task<string?> FindAsync()
        {
            foreach (var python in Pythons)
                try
                {
                    if ((await RunAsync(python, "-c", Needs)).Status == 0) return python;
                }
                catch (Win32Exception)
                {
                    // Not there.
                }
            return null;
        }

        private static async Task MustAsync(string program, params string[] arguments)
        {
            var (status, output) = await RunAsync(program, arguments);
            Assert.True(status == 0, $"{program} {string.Join(' ', arguments)}: {output}");
        }
    }
}
