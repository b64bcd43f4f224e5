using Pcie.Emulator.Daq.Interrupts;
using System.Diagnostics;
using Pcie.Emulator.Function.Configuration;
using Pcie.EndToEnd.Tests.Bus;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests;

/// <summary>
/// Configuration space is what others take it for: pciutils decodes it.
/// <code>
/// emulator (process) ◄── control service ── emu lspci (process) ── card.txt ──► lspci -vvv -F (process)
/// </code>
/// </summary>
public sealed class LspciTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

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
            "Express (v2) Endpoint, MSI 00",
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
        Shows(expected, decoded);
    }

    [Fact]
    public async Task LspciDecodesTheEduDeviceWithEveryCapabilityButMsix()
    {
        var lspci = await RequireLspciAsync();
        using var emulator = await RunningEmulator.StartAsync("--device", "edu");
        var decoded = await DecodeAsync(lspci, emulator.Uri);

        string[] expected =
        [
            "Device 1234:11e8 (rev 10)",
            "Control: I/O- Mem- BusMaster-",
            "Capabilities: [40] Power Management version 3",
            "Capabilities: [50] MSI: Enable- Count=1/1 Maskable+ 64bit+",
            "Capabilities: [80] Express (v2) Endpoint",
            "RBE+ FLReset+",
            "LnkSta:\tSpeed 8GT/s, Width x4",
            "EqualizationComplete+ EqualizationPhase1+",
            "Capabilities: [100 v2] Advanced Error Reporting",
            "UESvrt:\tDLP+ SDES- TLP- FCP- CmpltTO- CmpltAbrt- UnxCmplt- RxOF- MalfTLP+",
        ];
        Shows(expected, decoded);
        Assert.DoesNotContain("MSI-X", decoded, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LspciDecodesWhatAHostHasEnabledAndWhatItsMistakesHaveLeft()
    {
        var lspci = await RequireLspciAsync();
        using var emulator = await RunningEmulator.StartAsync();
        using var transport = await HostConnector.ConnectAsync(
            LinkUri.Parse(emulator.Uri), new ConnectOptions("lspci", Pacing.FreeRunning, ModelledHost.Latency), Cancelled);
        var host = new ModelledHost(transport);
        host.Enable();
        host.WriteConfig(ConfigOffset.CommandStatus, 0x506, 2);
        host.WriteConfig(ConfigOffset.DeviceControl, 0x301F, 2);
        host.WriteConfig(ConfigOffset.LinkControl, 0xC8, 2);
        host.WriteConfig(ConfigOffset.MsiAddressLow, 0xFEE0_1000);
        host.WriteConfig(ConfigOffset.MsiAddressHigh, 0x12);
        host.WriteConfig(ConfigOffset.MsiData, 0x4040, 2);
        host.WriteConfig(ConfigOffset.MsiMask, 0x01);
        host.WriteConfig(ConfigOffset.MsiControl + 2, 0x21, 2);
        host.WriteConfig(ConfigOffset.MsixControl + 2, 0x4000, 2);
        host.WriteConfig(ConfigOffset.CorrectableMask, 0);
        host.WriteConfig(ConfigOffset.UncorrectableMask, 1 << 12);
        host.Write(ModelledHost.Bar0 + CardRegister.At("INT_ENABLE"), CauseBits.All);
        host.Write(ModelledHost.Bar0 + CardRegister.At("INT_TEST"), 1u << (int)Cause.Test);

        // A write that nobody decodes is the first error; a read that nobody decodes, a burst to registers, a payload too long, a completion of
        // nothing.
        host.Post(Tlp.Request(TlpKind.MemoryWrite, 0x12_3456_7000, 8), new byte[8]);
        host.Request(Tlp.Request(TlpKind.MemoryRead, 0x50_0000, 4));
        host.Post(Tlp.Request(TlpKind.MemoryWrite, ModelledHost.Bar0, 16), new byte[16]);
        host.Post(Tlp.Request(TlpKind.MemoryWrite, ModelledHost.Bar0, 256), new byte[256]);
        host.Post(new Tlp { Kind = TlpKind.Completion, Tag = 3, Length = 4 }, new byte[4]);
        host.Read(ModelledHost.Bar0);
        var decoded = await DecodeAsync(lspci, emulator.Uri);

        string[] expected =
        [
            "Control: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR+ FastB2B- DisINTx+",
            "Status: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort+ <TAbort- <MAbort- >SERR+ <PERR- INTx-",
            "Region 0: Memory at e0000000 (32-bit, non-prefetchable)",
            "MSI: Enable+ Count=4/8 Maskable+ 64bit+",
            "Address: 00000012fee01000  Data: 4040",
            "Masking: 00000001  Pending: 00000001",
            "MSI-X: Enable- Count=8 Masked+",
            "DevCtl:\tCorrErr+ NonFatalErr+ FatalErr+ UnsupReq+",
            "RlxdOrd+ ExtTag- PhantFunc- AuxPwr- NoSnoop- FLReset-",
            "MaxPayload 128 bytes, MaxReadReq 1024 bytes",
            "DevSta:\tCorrErr+ NonFatalErr+ FatalErr+ UnsupReq+ AuxPwr- TransPend-",
            "LnkCtl:\tASPM Disabled; RCB 128 bytes, Disabled- CommClk+",
            "UESta:\tDLP- SDES- TLP- FCP- CmpltTO- CmpltAbrt+ UnxCmplt+ RxOF- MalfTLP+ ECRC- UnsupReq+ ACSViol-",
            "UEMsk:\tDLP- SDES- TLP+ FCP- CmpltTO- CmpltAbrt- UnxCmplt- RxOF- MalfTLP- ECRC- UnsupReq- ACSViol-",
            "CESta:\tRxErr- BadTLP- BadDLLP- Rollover- Timeout- AdvNonFatalErr+",
            "CEMsk:\tRxErr- BadTLP- BadDLLP- Rollover- Timeout- AdvNonFatalErr-",
            "AERCap:\tFirst Error Pointer: 14,",
            "HeaderLog: 60000002 000000ff 00000012 34567000",
        ];
        Shows(expected, decoded);

        // D3hot, in which configuration space is there as before.
        host.WriteConfig(ConfigOffset.PowerControl, 3, 2);
        Shows(["Status: D3 NoSoftRst- PME-Enable-", "MSI: Enable+ Count=4/8"], await DecodeAsync(lspci, emulator.Uri));
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
            Shows(expected, decoded);
        }
        finally
        {
            File.Delete(scenario);
        }
    }

    private static void Shows(string[] expected, string decoded)
    {
        Assert.All(expected, line => Assert.Contains(line, decoded, StringComparison.Ordinal));
        Assert.DoesNotContain("<chain broken>", decoded, StringComparison.Ordinal);
        Assert.DoesNotContain("<?>", decoded, StringComparison.Ordinal);
        Assert.DoesNotContain("Unknown", decoded, StringComparison.OrdinalIgnoreCase);
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
