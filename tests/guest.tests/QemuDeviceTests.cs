using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Pcie.Fixtures.Programs;
using Pcie.Program;
using Pcie.Qtest;

namespace Pcie.Guest.Tests;

/// <summary>
/// Devices that nobody here wrote, behind our driver and under our conformance suite. Where no QEMU can be had they are skipped, aloud.
/// <code>
/// test ── emu (process) ── link ══ qtest, vfio-user ══ QEMU (process) ── edu, e1000e, nvme
/// </code>
/// </summary>
public sealed class QemuDeviceTests
{
    [Theory]
    [InlineData("edu", "17 passed, 0 failed, 12 not applicable")]
    [InlineData("e1000e", "0 failed, 9 different as known")]
    [InlineData("nvme", "17 passed, 0 failed, 5 different as known")]
    public async Task ADeviceOfQemusDoesWhatItsProfileSays(string device, string figures)
    {
        await PreparedGuest.NeedAsync();

        var run = await RunningProgram.RunAsync("emu", "check", $"qtest:{device}");

        Assert.True(run.Status == ExitStatus.Done, run.ToString());
        Assert.Contains(figures, run.Output, StringComparison.Ordinal);
        Assert.Contains("passed  data-before-message", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OfAFunctionOfConventionalPciOnlyWhatItHasIsTried()
    {
        await PreparedGuest.NeedAsync();

        // Without capabilities, and with a BAR that PCI Express would not allow.
        var run = await RunningProgram.RunAsync("emu", "check", "qtest:pcnet");

        Assert.True(run.Status == ExitStatus.Done, run.ToString());
        Assert.Contains("10 passed, 0 failed, 19 not applicable", run.Output, StringComparison.Ordinal);
        Assert.Contains("n/a     capability-list            it is a function of conventional PCI, without capabilities", run.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheShippedDriverAndScenarioRunUnchangedAndTwiceAlike()
    {
        await PreparedGuest.NeedAsync();

        var runs = new[]
        {
            await RunningProgram.RunAsync("emu", "run", "edu", "--card", "qtest:edu"),
            await RunningProgram.RunAsync("emu", "host", "--card", "qtest:edu", "--scenario", "edu"),
        };

        Assert.All(runs, run =>
        {
            Assert.True(run.Status == ExitStatus.Done, run.ToString());
            Assert.Contains("everything as the scenario expects", run.Output, StringComparison.Ordinal);
            Assert.Equal(Digest(runs[0].Output), Digest(run.Output));
        });

        static string Digest(string output) => output.Split("digest ")[1][..16];
    }

    [Fact]
    public async Task TheDriverOfRingsWritesReadsAndComparesUnchanged()
    {
        await PreparedGuest.NeedAsync();

        var run = await RunningProgram.RunAsync("emu", "run", "nvme", "--card", "qtest:nvme");

        Assert.True(run.Status == ExitStatus.Done, run.ToString());
        Assert.Contains("everything as the scenario expects", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADiskWithManyCommandsUnderWayIsTheSameRunTwice()
    {
        await PreparedGuest.NeedAsync();
        string[] run = ["run", "nvme", "--card", "qtest:nvme", "--set", "driver.depth=4", "--json"];

        var first = await RunningProgram.RunAsync("emu", run);
        var second = await RunningProgram.RunAsync("emu", run);

        Assert.True(first.Status == ExitStatus.Done, first.ToString());
        Assert.Equal(Digest(first), Digest(second));

        static string Digest(ProgramResult run) => JsonNode.Parse(run.Output)!["digest"]!.ToString();
    }

    [Theory]
    [InlineData("edu", "210ms")]
    [InlineData("nvme", "100ms")]
    public async Task ASessionWithItIsRecordedAndReplayedToTheNanosecond(string device, string duration)
    {
        await PreparedGuest.NeedAsync();
        using var folder = new TemporaryFolder();
        var link = $"qtest:{device}";

        // What the scenario expects is of all of it.
        var recorded = await RunningProgram.RunAsync("emu", "run", device, "--card", link, "--duration", duration, "--record", folder["tlps"]);
        var replayed = await RunningProgram.RunAsync("emu", "replay", folder["tlps"], "--against", link, "--times");

        Assert.True(recorded.Status == ExitStatus.Done, recorded.ToString());
        Assert.True(replayed.Status == ExitStatus.Done, replayed.ToString());
        Assert.Contains("no difference", replayed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ItIsLookedIntoOverTheBusAndWhatItCannotDoIsRefused()
    {
        await PreparedGuest.NeedAsync();

        Assert.Contains("0x010000ed", (await RunningProgram.RunAsync("emu", "peek", "qtest:edu", "0:0x0")).Output, StringComparison.Ordinal);
        Assert.Contains("8086:10d3", (await RunningProgram.RunAsync("emu", "lspci", "qtest:e1000e")).Output, StringComparison.Ordinal);
        foreach (var (sentence, arguments) in ((string, string[])[])[("has no back door", ["stats", "qtest:edu"]),
            ("has no back door", ["fault", "qtest:edu", "link-down"]), ("has no back door", ["peek", "qtest:edu", "ID"]),
            ("name them with --map FILE", ["regs", "qtest:edu"]), ("'nonsense' is not a valid device model name", ["lspci", "qtest:nonsense"])])
        {
            var refused = await RunningProgram.RunAsync("emu", arguments);
            Assert.Equal(ExitStatus.Refused, refused.Status);
            Assert.Contains(sentence, refused.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ByTheWallClockItIsDrivenToo()
    {
        await PreparedGuest.NeedAsync();

        var run = await RunningProgram.RunAsync("emu", "check", "qtest:edu", "--wall-clock", "--only", "identification", "msi-enable",
            "data-before-message");

        Assert.True(run.Status == ExitStatus.Done, run.ToString());
    }

    [Theory]
    [InlineData("edu", "msi-enable")]
    [InlineData("nvme", "msix-mask")]
    public async Task AnOlderQemuLendsItsDevicesByTheWallClock(string device, string check)
    {
        await PreparedGuest.NeedAsync();
        using var folder = new TemporaryFolder();

        var run = await WithAsync(Older(folder), ["check", $"qtest:{device}", "--only", check, "data-before-message"]);

        Assert.True(run.Status == ExitStatus.Done, run.ToString());
        Assert.Contains("2 passed, 0 failed", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NeitherOutlivesTheOther(bool qemuDies)
    {
        await PreparedGuest.NeedAsync();
        using var run = RunningProgram.Start("emu", "host", "--card", "qtest:edu", "--scenario", "edu", "--duration", "1h");
        var qemu = await ChildOfAsync(run.ProcessId);

        Process.GetProcessById(qemuDies ? qemu : run.ProcessId).Kill();

        await run.ExitAsync();
        if (qemuDies) Assert.Contains("QEMU has ended", run.Output + run.Errors, StringComparison.Ordinal);
        while (Directory.Exists($"/proc/{qemu}") && !IsZombie(qemu)) await Task.Yield();
    }

    // The one that has been fetched, which takes itself for that of Debian 12, and is found on PATH alone.
    private static Dictionary<string, string> Older(TemporaryFolder folder)
    {
        var fetched = QemuProgram.Find();
        var program = folder.Write("qemu-system-x86_64", $"""
            #!/bin/sh
            [ "$1" = --version ] && echo "QEMU emulator version 7.2.22" && exit
            export QEMU_MODULE_DIR={fetched.ModuleFolder}
            exec {string.Join(' ', fetched.Command)} "$@"

            """);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new()
        {
            ["XDG_CACHE_HOME"] = folder["empty"], ["PATH"] = $"{Path.GetDirectoryName(program)}:{Environment.GetEnvironmentVariable("PATH")}",
        };
    }

    private static async Task<ProgramResult> WithAsync(Dictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "emu.dll"), .. arguments]);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var program = RunningProgram.Start(start);
        var status = await program.ExitAsync();
        return new ProgramResult(status, program.Output, program.Errors);
    }

    private static async Task<int> ChildOfAsync(int parent)
    {
        while (true)
        {
            await Task.Yield();
            var children = Directory.EnumerateDirectories($"/proc/{parent}/task").Select(task => Read(Path.Combine(task, "children")));
            if (children.SelectMany(list => list.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault() is { } child)
                return int.Parse(child, CultureInfo.InvariantCulture);
        }
    }

    private static bool IsZombie(int process) => Read($"/proc/{process}/stat").Contains(") Z", StringComparison.Ordinal);

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
