using System.Diagnostics;

namespace Pcie.EndToEnd.Tests;

/// <summary>
/// Configuration space is what others take it for: pciutils decodes it.
/// <code>
/// emulator (process) ◄── control service ── emu lspci (process) ── card.txt ──► lspci -vvv -F (process)
/// </code>
/// </summary>
public sealed class LspciTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    // It belongs to the administrator: seldom in the PATH of others.
    private static readonly string[] Lspcis = ["lspci", "/usr/bin/lspci", "/usr/sbin/lspci", "/sbin/lspci"];

    private const string Scenario = """
        [run]
        pacing = "wall-clock"
        duration = "10min"
        [driver]
        interrupts = "msi-x"
        """;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LspciDecodesHeaderAndEveryCapability()
    {
        var lspci = await RequireLspciAsync();
        using var emulator = StartEmulator();
        var decoded = await DecodeAsync(lspci, await ReadyAsync(emulator));
        await StopAsync(emulator);

        string[] expected =
        [
            "00:00.0 Signal processing controller",
            "Control: I/O- Mem- BusMaster-",
            "Status: Cap+",
            "Capabilities: [40] Power Management version 3",
            "Flags: PMEClk- DSI- D1- D2- AuxCurrent=0mA PME(D0-,D1-,D2-,D3hot-,D3cold-)",
            "Status: D0 NoSoftRst- PME-Enable-",
            "Capabilities: [50] MSI: Enable- Count=1/8 Maskable+ 64bit+",
            "Masking: 00000000  Pending: 00000000",
            "Capabilities: [70] MSI-X: Enable- Count=8 Masked-",
            "Vector table: BAR=1 offset=00000000",
            "PBA: BAR=1 offset=00000800",
            "Capabilities: [80] Express (v2) Endpoint",
            "MaxPayload 512 bytes, PhantFunc 0",
            "ExtTag+",
            "RBE+ FLReset+",
            "MaxPayload 128 bytes, MaxReadReq 512 bytes",
            "DevSta:\tCorrErr- NonFatalErr- FatalErr- UnsupReq- AuxPwr- TransPend-",
            "LnkCap:\tPort #0, Speed 8GT/s, Width x4, ASPM not supported",
            "LnkSta:\tSpeed 8GT/s, Width x4",
            "Capabilities: [100 v2] Advanced Error Reporting",
            "UESta:\tDLP- SDES- TLP- FCP- CmpltTO- CmpltAbrt- UnxCmplt- RxOF- MalfTLP-",
            "UESvrt:\tDLP+ SDES- TLP- FCP- CmpltTO- CmpltAbrt- UnxCmplt- RxOF- MalfTLP+",
            "CEMsk:\tRxErr- BadTLP- BadDLLP- Rollover- Timeout- AdvNonFatalErr+",
            "AERCap:\tFirst Error Pointer: 00, ECRCGenCap- ECRCGenEn- ECRCChkCap- ECRCChkEn-",
            "HeaderLog: 00000000 00000000 00000000 00000000",
        ];
        Assert.All(expected, line => Assert.Contains(line, decoded, StringComparison.Ordinal));
        Assert.DoesNotContain("<chain broken>", decoded, StringComparison.Ordinal);
        Assert.DoesNotContain("<?>", decoded, StringComparison.Ordinal);
        Assert.DoesNotContain("Unknown", decoded, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task LspciDecodesWhatADriverHasProgrammedWhileItRuns()
    {
        var lspci = await RequireLspciAsync();
        var scenario = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(scenario, Scenario, Cancelled);
            using var emulator = StartEmulator("--scenario", scenario);
            var uri = await ReadyAsync(emulator);
            using var driver = Start("dotnet", Built("driver-model.dll"), "--card", uri, "--scenario", scenario);

            string decoded;
            var begun = Stopwatch.GetTimestamp();
            do decoded = await DecodeAsync(lspci, uri);
            while (!decoded.Contains("MSI-X: Enable+ Count=8 Masked-", StringComparison.Ordinal)
                && !driver.HasExited && Stopwatch.GetElapsedTime(begun) < Long);
            driver.Kill();
            await driver.WaitForExitAsync(Cancelled).WaitAsync(Long, Cancelled);
            await StopAsync(emulator);

            string[] expected =
            [
                "Control: I/O- Mem+ BusMaster+",
                "DisINTx+",
                "Region 0: Memory at e0000000 (32-bit, non-prefetchable)",
                "Region 1: Memory at e0001000 (32-bit, non-prefetchable)",
                "MSI: Enable- Count=1/8 Maskable+ 64bit+",
                "MSI-X: Enable+ Count=8 Masked-",
            ];
            Assert.All(expected, line => Assert.Contains(line, decoded, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(scenario);
        }
    }

    private static async Task<string> RequireLspciAsync()
    {
        var lspci = await FindLspciAsync();
        if (lspci is null) Assert.Skip("No lspci here: this test needs pciutils.");
        return lspci;
    }

    private static Process StartEmulator(params string[] arguments) =>
        Start("dotnet", [Built("emulator.dll"), "--listen", "http://127.0.0.1:0", "--exit-with-stdin", .. arguments]);

    private static async Task<string> ReadyAsync(Process emulator) =>
        (await emulator.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(Long, Cancelled))!["listening on ".Length..];

    private static async Task StopAsync(Process emulator)
    {
        emulator.StandardInput.Close();
        await emulator.WaitForExitAsync(Cancelled).WaitAsync(Long, Cancelled);
    }

    private static async Task<string> DecodeAsync(string lspci, string uri)
    {
        var file = Path.GetTempFileName();
        try
        {
            var (dumped, dump) = await RunAsync("dotnet", Built("emu.dll"), "lspci", uri);
            Assert.True(dumped == 0, dump);
            await File.WriteAllTextAsync(file, dump, Cancelled);
            var (status, decoded) = await RunAsync(lspci, "-vvv", "-F", file);
            Assert.True(status == 0, decoded);
            return decoded;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Built(string program) => Path.Combine(AppContext.BaseDirectory, program);

    private static async Task<string?> FindLspciAsync()
    {
        foreach (var lspci in Lspcis)
            try
            {
                if ((await RunAsync(lspci, "--version")).Status == 0) return lspci;
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

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
