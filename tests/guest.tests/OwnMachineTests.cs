using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Fixtures.Programs;
using Pcie.Program;
using Pcie.Qtest;

namespace Pcie.Guest.Tests;

/// <summary>
/// What docs/guests.md has a developer do: QEMU by the command of that page, with a kernel and an initramfs of their own, the options of the card as
/// the emulator logs them, and the tool beside it; and either side dies.
/// <code>
/// emu (process) ──► emulator (process) ══ vfio-user ══ QEMU (process) ── Linux
/// </code>
/// </summary>
public sealed partial class OwnMachineTests : IDisposable
{
    private const string Page = "docs/guests.md", PageSocket = "/tmp/card.sock";

    // Says what it has read, and waits until it may go on.
    private const string Init = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev
        say() { echo "guest: $*"; read -r _ < /dev/console; }
        for one in /sys/bus/pci/devices/*; do [ "$(cat $one/vendor)" = 0xfda0 ] && card=$one; done
        echo 1 > $card/enable
        scratch=$(($(head -n 1 $card/resource | cut -d' ' -f1) + 8))
        devmem $scratch 32 0xCAFE
        say written
        say scratch $(devmem $scratch 32)
        say failed $(devmem $scratch 32), then $(devmem $scratch 32)
        say vendor $(od -A n -t x2 -N 2 $card/config)
        poweroff -f

        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task AKernelOfOnesOwnBootsWithTheCardAndTheToolLooksOn()
    {
        await PreparedGuest.NeedAsync();
        var socket = folder["card.sock"];
        using var emulator = await RunningEmulator.StartAsync("--listen", $"vfio-user:{socket}");
        var command = await CommandAsync(emulator, socket);
        using var machine = Start(command);
        await machine.PrintsAsync("guest: written");

        // What the guest wrote is seen, what is written is what it reads, and what is armed befalls it.
        Assert.Contains("fda0:da01", await EmuAsync("lspci", emulator.Uri), StringComparison.Ordinal);
        Assert.Contains("0x0000cafe", await EmuAsync("regs", emulator.Uri), StringComparison.Ordinal);
        Assert.Contains("0x0000cafe", await EmuAsync("peek", emulator.Uri, "SCRATCH"), StringComparison.Ordinal);
        await EmuAsync("poke", emulator.Uri, "SCRATCH", "0x1234");
        machine.Type("go on");
        await machine.PrintsAsync("guest: scratch 0x00001234");
        await EmuAsync("fault", emulator.Uri, "completion-error");
        machine.Type("go on");
        await machine.PrintsAsync("guest: failed 0xFFFFFFFF, then 0x00001234");
        var statistics = await EmuAsync("stats", emulator.Uri);
        Assert.Matches(@"vfio-user\.attached +1\b", statistics);
        Assert.Matches(@"faults\.completion-error +1\b", statistics);

        // The guest lives on without its card, which reads as all ones.
        emulator.Program.Kill();
        await emulator.Program.ExitAsync();
        machine.Type("go on");
        await machine.PrintsAsync("guest: vendor ffff");
        machine.Type("go on");
        Assert.Equal(0, await machine.ExitAsync());
    }

    [Fact]
    public async Task AMachineThatDiesLeavesARecordingAndTheCardToTheNext()
    {
        await PreparedGuest.NeedAsync();
        var socket = folder["card.sock"];
        // Another emulator was killed there.
        using (var gone = await RunningEmulator.StartAsync("--listen", $"vfio-user:{socket}")) gone.Program.Kill();
        using var emulator = await RunningEmulator.StartAsync(
            "--listen", $"vfio-user:{socket}", "--scenario", "live.toml", "--record-guest", folder["session.tlps"]);
        var command = await CommandAsync(emulator, socket);
        for (var life = 1; life <= 2; life++)
        {
            // Its processor stands still: the machine has the card all the same.
            using var machine = Start([.. command, "-S"]);
            await emulator.Program.LogsAsync($"process {machine.ProcessId}' attached");
            machine.Kill();
            await emulator.Program.LogsAsync($"process {machine.ProcessId}' detached");
        }
        Assert.Matches(@"vfio-user\.attached +2\b", await EmuAsync("stats", emulator.Uri));
        foreach (var name in (string[])["session.tlps", "session.2.tlps"])
            Assert.Contains("config COMMAND_STATUS", await EmuAsync("show", folder[name]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhoEndsATestLeavesNoMachineBehind(bool kills)
    {
        await PreparedGuest.NeedAsync();
        using var emu = RunningProgram.Start("emu", "guest", "lspci");
        var machines = MachinesOf(emu.ProcessId);
        while (machines.Count == 0)
        {
            Assert.False(emu.HasExited, emu.ToString());
            await Task.Yield();
            machines = MachinesOf(emu.ProcessId);
        }
        var temporary = Path.GetDirectoryName(CommandLineOf(machines[0]).Split("\"path\":\"")[1].Split('"')[0])!;
        Assert.True(Directory.Exists(temporary));

        if (kills) emu.Kill();
        else emu.Terminate();

        Assert.NotEqual(ExitStatus.Done, await emu.ExitAsync());
        // Who is killed cannot clean up, but the next does; and the system ends the machine when it gets to it.
        if (kills) await EmuAsync("guest", "--prepare");
        Assert.False(Directory.Exists(temporary));
        while (kills && CommandLineOf(machines[0]).Length > 0) await Task.Yield();
        Assert.Equal("", CommandLineOf(machines[0]));
    }

    // The page's command, with what stands for something of the reader's in its place.
    private async Task<IReadOnlyList<string>> CommandAsync(RunningEmulator emulator, string socket)
    {
        var logged = (await emulator.Program.LogsAsync("For QEMU: ")).Split("For QEMU: ")[1];
        var shown = DocumentedCommands.Of(Page).First(command => command.StartsWith("qemu-system-x86_64 ", StringComparison.Ordinal));
        var options = Words(logged.Replace(socket, PageSocket, StringComparison.Ordinal));
        var words = Words(shown);
        Assert.Equal(options, words.TakeLast(options.Count));
        var parts = new GuestParts(QemuProgram.DefaultCache);
        var image = folder["initramfs"];
        WriteImage(image, parts);
        return
        [
            .. QemuProgram.Find().Command,
            .. words.Skip(1).Select(word => word.Replace(PageSocket, socket, StringComparison.Ordinal))
                .Select(word => word == "bzImage" ? parts.PackedKernel : word == "initramfs" ? image : word),
        ];
    }

    private static void WriteImage(string path, GuestParts parts)
    {
        using var stream = File.Create(path);
        var archive = new CpioArchive(stream);
        foreach (var folder in (string[])["proc", "sys", "dev"]) archive.AddFolder(folder);
        archive.AddDevice("dev/console", 5, 1);
        archive.AddFile("init", Encoding.ASCII.GetBytes(Init.ReplaceLineEndings("\n")));
        archive.AddFile("bin/busybox", File.ReadAllBytes(Path.Combine(parts.Kernel, "bin/busybox")));
        archive.AddLink("bin/sh", "busybox");
        archive.End();
    }

    private static RunningProgram Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1));
        if (QemuProgram.Find().ModuleFolder is { } modules) start.Environment["QEMU_MODULE_DIR"] = modules;
        return RunningProgram.Start(start);
    }

    private static async Task<string> EmuAsync(params string[] arguments)
    {
        var run = await RunningProgram.RunAsync("emu", arguments);
        Assert.True(run.Status == ExitStatus.Done, $"emu {string.Join(' ', arguments)}: {run}");
        return run.Output;
    }

    // As a shell takes them apart.
    private static List<string> Words(string line) =>
        [.. Word().Matches(line).Select(word => word.Groups.Cast<Group>().Skip(1).Single(group => group.Success).Value)];

    [GeneratedRegex("""'([^']*)'|"([^"]*)"|(\S+)""")]
    private static partial Regex Word();

    private static List<int> MachinesOf(int ancestor) =>
        [.. Process.GetProcesses().Select(one => one.Id)
            .Where(one => CommandLineOf(one).Contains("vfio-user-pci", StringComparison.Ordinal) && IsChildOf(one, ancestor))];

    private static string CommandLineOf(int process) => Read(process, "cmdline").Replace('\0', ' ');

    private static bool IsChildOf(int process, int ancestor)
    {
        // Behind the name, which may have anything in it: state, parent.
        while (Read(process, "stat").Split(") ") is [_, .., var fields] && int.Parse(fields.Split(' ')[1]) is > 1 and var parent)
        {
            if (parent == ancestor) return true;
            process = parent;
        }
        return false;
    }

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
