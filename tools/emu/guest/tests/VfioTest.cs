using System.Globalization;
using System.Text.Json.Nodes;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// The driver model in the guest drives functions of its machine: QEMU's edu device, which nobody here wrote, by the scenario that ships and is
/// judged by what that expects; and our NVMe card by a part of its own. Both by the wall clock.
/// <code>
/// driver model ── VFIO ── Linux, IOMMU ── QEMU's edu device
///                                     └── QEMU ══ vfio-user ══ our NVMe card
/// </code>
/// </summary>
internal sealed class VfioTest : GuestTest
{
    // QEMU's registers of the edu device.
    private const ulong InterruptStatus = 0x24;

    public override string Name => "vfio";

    public override string Summary => "The driver model in the guest drives QEMU's edu device and our NVMe card through VFIO.";

    public override GuestModules Modules => GuestModules.Vfio;

    public override TimeSpan Limit => TimeSpan.FromSeconds(600);

    public override GuestExtras Extras => new()
    {
        MegaBytes = 768,
        Translates = true,
        Devices = ["-device", "edu,addr=4"],
        Files = [.. GuestProgram.FilesOf("driver-model"), .. ((string[])["edu", "nvme"]).Select(name => ($"{name}.toml", Scenario(name)))],
    };

    public override CardDesign CreateCard(string folder) => CardDesign.Nvme;

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var status = guest.Numbers("status.figures");
        // A part of the other, which takes long on a machine that is emulated itself: a run that is shortened is not judged by what it expects.
        foreach (var (scenario, figure, least) in (IEnumerable<(string, string, long)>)[("edu", "factorials", 95), ("nvme", "verified", 8)])
        {
            verdict.Equal($"{scenario}: exit status", 0L, status[scenario]);
            if (status[scenario] != 0) continue;
            var driver = JsonNode.Parse(guest.Text($"{scenario}.report"))!["driver"]!.AsObject();
            verdict.Say($"{scenario}: {string.Join(", ", driver.Select(counter => $"{counter.Value} {counter.Key}"))}");
            verdict.Expect((long)driver[figure]! >= least, $"{scenario}: {driver[figure]} {figure}; expected {least} at least");
            foreach (var fault in (string[])["wrong", "mismatches", "failed", "unanswered", "unexpected", "lost_interrupts"])
                if (driver[fault] is { } count) verdict.Equal($"{scenario}: {fault}", 0L, (long)count);
        }
        var reads = RegisterReads(guest.PathOf("edu.tlps"));
        verdict.Expect(reads.Count >= 95, $"{reads.Count} register reads of the ISR were recorded; expected one for each factorial");
        if (reads.Count == 0) return Task.CompletedTask;
        verdict.Say(string.Create(CultureInfo.InvariantCulture,
            $"register reads of the ISR: {reads.Count}, p50 {reads[reads.Count / 2]}, p99 {reads[reads.Count * 99 / 100]}, as the driver sees them"));
        foreach (var (name, exit, said, what) in (IEnumerable<(string, long, string, string)>)
            [("busy", 2, "is in use: another program has /dev/vfio/", "a function that is in use"),
                ("gone", 3, "is wanted back by the system", "a function that is unbound in mid-run")])
        {
            verdict.Expect(guest.Text($"{name}.output").Contains(said, StringComparison.Ordinal),
                $"'{said}' is not said, but: {guest.Text($"{name}.output")}");
            verdict.Equal($"{what}: exit status", exit, status[name]);
            verdict.Say($"{what}: ended, with what to do");
        }
        return Task.CompletedTask;
    }

    private static string Scenario(string name) => Path.Combine(AppContext.BaseDirectory, "scenarios", $"{name}.toml");

    // From the ISR's read of INT_STATUS to its acknowledgement, which it writes at once when the answer has come.
    private static List<Duration> RegisterReads(string file)
    {
        var reads = new List<Duration>();
        using var session = SessionReader.Open(file);
        SimTime? asked = null;
        while (session.TryRead(out var recorded))
        {
            if (recorded.Direction != LinkDirection.HostToDevice) continue;
            if (recorded.Tlp.Kind == TlpKind.MemoryRead && recorded.Tlp.Address % 0x1000 == InterruptStatus) asked = recorded.Tlp.SentAt;
            else if (recorded.Tlp.Kind == TlpKind.MemoryWrite && asked is { } at) reads.Add(recorded.Tlp.SentAt - at);
            if (recorded.Tlp.Kind == TlpKind.MemoryWrite) asked = null;
        }
        reads.Sort();
        return reads;
    }
}
