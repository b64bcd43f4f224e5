using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// The conformance suite in the guest, against a function of its machine: what <c>emu check qtest:edu</c> finds of QEMU's device, it finds by VFIO.
/// <code>
/// emu check ── VFIO ── Linux, IOMMU ── QEMU's edu device
/// </code>
/// </summary>
internal sealed class VfioCheckTest : GuestTest
{
    private const string Profile = "qemu-edu.toml", Expected = " 0 failed, ";

    public override string Name => "vfio-check";

    public override string Summary => "The conformance suite in the guest, against QEMU's edu device through VFIO.";

    public override GuestModules Modules => GuestModules.Vfio;

    public override TimeSpan Limit => TimeSpan.FromSeconds(600);

    public override GuestExtras Extras => new()
    {
        MegaBytes = 1024,
        Translates = true,
        Devices = ["-device", "edu,addr=4"],
        Files = [.. GuestProgram.FilesOf("emu"), (Profile, Path.Combine(AppContext.BaseDirectory, "profiles", Profile))],
    };

    public override CardDesign CreateCard(string folder) => CardDesign.Nvme;

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var lines = guest.Text("check.output").Split('\n');
        verdict.Expect(lines[^1].Contains(Expected, StringComparison.Ordinal), $"expected '{Expected}', got: {lines[^1]}");
        foreach (var failed in lines.Where(line => line.StartsWith("FAILED", StringComparison.Ordinal))) verdict.Expect(false, failed);
        verdict.Say(lines[^1]);
        return Task.CompletedTask;
    }
}
