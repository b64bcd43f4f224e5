using System.Diagnostics;

namespace Pcie.EndToEnd.Tests;

/// <summary>
/// The contracts are enough for a stranger: a host and a device in Python, generated from the .proto files alone, against the real programs.
/// <code>
/// emulator --once (process) ── http://127.0.0.1 ── tests/python/client.py (process)
/// tests/python/device.py (process) ── http://127.0.0.1 ── emu check (process)
/// </code>
/// </summary>
public sealed class PythonClientTests
{
    private const string Needs = "needs python3-grpcio, python3-protobuf, protobuf-compiler and protobuf-compiler-grpc";
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    // The system's own comes first: the packages belong to it, and another one may be in front of it in PATH.
    private static readonly string[] Pythons = ["/usr/bin/python3", "python3"];

    [Fact]
    public async Task AClientGeneratedFromTheContractsAttachesAndReceivesAnInterrupt()
    {
        var python = await FindPythonAsync();
        if (python is null) Assert.Skip($"No Python with gRPC here: this test {Needs}.");
        var root = RepositoryRoot();
        var program = Path.Combine(AppContext.BaseDirectory, "emulator.dll");
        using var emulator = Start("dotnet", program, "--listen", "http://127.0.0.1:0", "--once", "--exit-with-stdin");
        var ready = await emulator.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(Long, Cancelled);
        var target = ready!["listening on http://".Length..];

        var client = Path.Combine(root, "tests/python/client.py");
        var (status, output) = await RunAsync(python, client, Path.Combine(root, "proto"), target);

        Assert.True(status == 0, output);
        Assert.Contains("MSI 0x40 at 0xfee01000", output, StringComparison.Ordinal);
        await emulator.WaitForExitAsync(Cancelled).WaitAsync(Long, Cancelled);
        Assert.Equal(0, emulator.ExitCode);
    }

    [Fact]
    public async Task ADeviceGeneratedFromTheContractsPassesEveryCheckThatAppliesToIt()
    {
        var python = await FindPythonAsync();
        if (python is null) Assert.Skip($"No Python with gRPC here: this test {Needs}.");
        var root = RepositoryRoot();
        using var device = Start(python, Path.Combine(root, "tests/python/device.py"), Path.Combine(root, "proto"));
        try
        {
            var ready = await device.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(Long, Cancelled);
            var target = ready!["listening on ".Length..];

            var (status, output) = await RunAsync("dotnet", Path.Combine(AppContext.BaseDirectory, "emu.dll"), "check", target, "--wall-clock");

            Assert.True(status == 0, output);
            Assert.Contains("21 passed, 0 failed, 8 not applicable", output, StringComparison.Ordinal);
            // It runs by the wall clock alone, and says what to do.
            (status, output) = await RunAsync("dotnet", Path.Combine(AppContext.BaseDirectory, "emu.dll"), "check", target);
            Assert.NotEqual(0, status);
            Assert.Contains("attach with clock_mode 2", output, StringComparison.Ordinal);
        }
        finally
        {
            device.Kill();
        }
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static async Task<string?> FindPythonAsync()
    {
        foreach (var python in Pythons)
            try
            {
                var (status, _) = await RunAsync(python, "-c",
                    "import grpc, google.protobuf, shutil; assert shutil.which('protoc') and shutil.which('grpc_python_plugin')");
                if (status == 0) return python;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // There is no such program.
            }
        return null;
    }

    private static async Task<(int Status, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync(Cancelled);
        var errors = process.StandardError.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled).WaitAsync(Long, Cancelled);
        return (process.ExitCode, await output + await errors);
    }

    // Standard input stays open while the process object lives; its end is the end of an emulator, whatever becomes of the test.
    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static string RepositoryRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Emulator.sln"))) return folder;
        throw new InvalidOperationException($"No Emulator.sln above {AppContext.BaseDirectory}: the tests run from a clone.");
    }
}
