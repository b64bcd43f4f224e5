using System.Collections.Concurrent;
using System.Diagnostics;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Rtl;

/// <summary>Makes shared libraries of cards for these tests, each once. What is missing for that is said, and the test skipped.</summary>
internal static class RtlBuild
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Made = new();

    // One at a time: what Verilator's own files compile to serves all.
    private static readonly SemaphoreSlim OneBuild = new(1);

    public static string BuildCard => Path.Combine(Rtl, "verilator", "build-card");

    public static string Rtl => Path.Combine(ShippedScenarios.Repository, "emulator", "rtl");

    // Beside the tests, so that what Verilator's own files compile to is there the next time.
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "rtl-cards");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The small card in C.</summary>
    /// <param name="mistake">The macro that makes one; null for none.</param>
    public static Task<string> SmallCardAsync(string? mistake = null)
    {
        Require("gcc");
        return OnceAsync($"small-{mistake}", library => RunAsync("gcc", "-shared", "-fPIC", "-O1", "-w", $"-D{mistake ?? "NO_MISTAKE"}", "-I",
            Path.Combine(Rtl, "abi"), Path.Combine(ShippedScenarios.Repository, "tests/end-to-end.tests/rtl/cards/small_card.c"), "-o", library));
    }

    /// <summary>A card in Verilog, by build-card.</summary>
    /// <param name="name">Of the library.</param>
    /// <param name="arguments">Sources and options.</param>
    public static Task<string> VerilogAsync(string name, params string[] arguments)
    {
        Require("verilator");
        Require("g++");
        return OnceAsync(name, library => RunAsync("sh",
            ["-c", """cd "$0" && exec "$@" """, Folder, BuildCard, "-o", Path.GetFileName(library), .. arguments]));
    }

    /// <summary>The data-acquisition card in Verilog.</summary>
    public static Task<string> DaqAsync()
    {
        var sources = Path.Combine(Rtl, "daq");
        return VerilogAsync("daq", ["--top", "daq_card", "-I", sources, .. Directory.GetFiles(sources, "*.sv").Order(StringComparer.Ordinal)]);
    }

    /// <summary>Skips the test if a program is not here.</summary>
    public static void Require(string program) => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program))),
        $"There is no {program} here; .ci/run installs it where it can.");

    /// <summary>Runs a program to its end, which must be a good one.</summary>
    public static Task<string> RunAsync(string program, params string[] arguments) => RunAsync(0, program, arguments);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="status">With which it is to end.</param>
    /// <returns>What it says.</returns>
    public static async Task<string> RunAsync(int status, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardError.ReadToEndAsync(Cancelled), process.StandardOutput.ReadToEndAsync(Cancelled));
        await process.WaitForExitAsync(Cancelled);
        Assert.True(process.ExitCode == status, $"{program} ended with {process.ExitCode}: {string.Concat(said)}");
        return string.Concat(said);
    }

    private static Task<string> OnceAsync(string name, Func<string, Task> make) => Made.GetOrAdd(name, _ => new Lazy<Task<string>>(async () =>
    {
        Directory.CreateDirectory(Folder);
        var library = Path.Combine(Folder, $"lib{name}.so");
        await OneBuild.WaitAsync(Cancelled);
        try
        {
            await make(library);
        }
        finally
        {
            OneBuild.Release();
        }
        return library;
    })).Value;
}
