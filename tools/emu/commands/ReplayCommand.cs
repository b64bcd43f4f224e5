using System.CommandLine;
using Pcie.Attach;
using Pcie.Emu.Replay;
using Pcie.Emulator.Hosting;
using Pcie.Files;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Recording;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Emu.Commands;

/// <summary><c>emu replay</c>: plays the host's side of a recorded session against a device, and says where that does otherwise.</summary>
internal static class ReplayCommand
{
    // A device that answers no frame for as long is not there.
    private static readonly TimeSpan LinkPatience = TimeSpan.FromSeconds(30);

    public static Command Create(CancellationToken stopping)
    {
        var file = new Argument<string>("file") { Description = "A recorded session: emu record, or --record of emu run and driver-model." };
        var against = new Option<string>("--against")
        {
            Description = "The device: http://host:port, https://host:port, unix:/path, shm:/path, inproc: for a card of ours, or one "
                + "of others: qtest:device, or vfio:address.",
            HelpName = "URI", Required = true,
        };
        var scenario = new Option<string?>("--scenario")
        {
            Description = "inproc: how the card is built; a file, or a shipped scenario's name.", HelpName = "NAME",
        };
        var seed = SeedOption.Create("inproc: instead of the scenario's.");
        var device = new Option<string?>("--device")
        {
            Description = "inproc: which card, instead of the scenario's: daq, edu, nvme, endpoint-test, or rtl:PATH, a shared library of "
                + "simulated RTL.",
            HelpName = "NAME",
        };
        var config = new Option<string?>("--device-config")
        {
            Description = "inproc: what the card of --device rtl: is to the bus.", HelpName = "FILE",
        };
        var wave = new Option<string?>("--wave")
        {
            Description = "inproc: waveforms of --device rtl: go here; the library must have been built with them.", HelpName = "FILE",
        }.AcceptWritableFilesOnly();
        var times = new Option<bool>("--times") { Description = "Compare the times of what the device says too (free-running only)." };
        var ignoreData = new Option<bool>("--ignore-data") { Description = "Do not compare payloads: kinds, addresses, lengths and statuses only." };
        var other = new Option<bool>("--other-implementation")
        {
            Description = "The device is the recorded one built otherwise, in RTL for one: do not compare where its transfers are split, how its "
                + "reads and writes interleave, and the times in chunk headers.",
        };
        var all = new Option<int>("--all") { Description = "Go on after a difference, up to so many.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var before = new Option<int>("--before")
        {
            Description = "How many TLPs to show before a difference.", HelpName = "N", DefaultValueFactory = _ => 8,
        };
        var patience = new Option<string?>("--patience")
        {
            Description = "How long to wait for what the recorded device had said by then; 50ms of simulated time, 5s by the wall clock.",
            HelpName = "TIME",
        };
        var map = new Option<string?>("--map")
        {
            Description = "Registers by the names of this file: SystemRDL, IP-XACT, CMSIS-SVD or CSV; FILE#NAME for one block of it.",
                HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var command = new Command("replay", "Play a recorded session's host against another device, and compare what that says.")
        {
            file, against, scenario, seed, device, config, wave, times, ignoreData, other, all, before, patience, map, json,
        };
        var tls = new TlsCommandLine(command, "server");
        command.SetAction(async (parsed, _) =>
        {
            var path = RunCommand.Existing(parsed.GetRequiredValue(file))!;
            var uri = LinkUri.Parse(parsed.GetRequiredValue(against));
            // All of it is read first: a device does not get half a session because the other half is damaged.
            var recorded = NamedFile.Read(path, () => SessionSummary.Of(path));
            var options = new SessionReplayOptions(Patience(parsed.GetValue(patience), recorded.Head.Pacing))
            {
                Times = parsed.GetValue(times),
                IgnoreData = parsed.GetValue(ignoreData),
                OtherImplementation = parsed.GetValue(other),
                Map = parsed.GetValue(map),
                Before = InRange(parsed, before, 0, 1000),
                MaxDifferences = InRange(parsed, all, 1, int.MaxValue),
            };
            if (options.Times && recorded.Head.Pacing == Pacing.WallClock)
                throw new FormatException("--times: this session was recorded by the wall clock, whose times never come again.");
            if (options is { Times: true, OtherImplementation: true })
                throw new FormatException("--times: another implementation has times of its own; leave out --times or --other-implementation.");
            if (uri.Scheme != LinkScheme.InProcess
                && (parsed.GetValue(scenario) ?? parsed.GetValue(device) ?? parsed.GetValue(config) ?? parsed.GetValue(wave)
                    ?? (object?)parsed.GetValue(seed)) is not null)
                throw new FormatException($"--scenario, --seed, --device, --device-config and --wave are for inproc:; the device at {uri} is as it "
                    + "was started.");
            if (HostAttachment.IsByWallClock(uri) && recorded.Head.Pacing == Pacing.FreeRunning)
                throw new FormatException($"{uri} goes by the wall clock, and this session was recorded in simulated time. Record one by the wall "
                    + "clock: emu run NAME --set run.pacing=wall-clock --record FILE.");

            using var played = await AttachAsync(parsed, uri);
            var report = LongWork.Show(Path.GetFileName(path), () => Execute(path, recorded, played.Transport, options, stopping));
            Console.WriteLine(parsed.GetValue(json) ? JsonOutput.TextOf(ReplayFigures.Of(report, played.Description))
                : report.ToText(played.Description));
            return report.Cancelled ? ExitStatus.Interrupted : ExitStatus.Of(report.Passed);

            async Task<Device> AttachAsync(ParseResult parsed, LinkUri uri)
            {
                if (uri.Scheme == LinkScheme.InProcess)
                {
                    var instead = CardInstead.Parse(parsed.GetValue(device), parsed.GetValue(config), parsed.GetValue(wave));
                    var card = ReplayedCard.Create(recorded.Head, parsed.GetValue(scenario), parsed.GetValue(seed), instead);
                    return new Device(card.Transport, card.Description, card);
                }
                var connect = new ConnectOptions($"emu replay on {Environment.MachineName}", recorded.Head.Pacing, recorded.Head.Latency)
                {
                    Wait = TimeSpan.FromSeconds(5), Credentials = tls.Read(parsed),
                };
                var attached = await HostAttachment.AttachAsync(uri, connect, twoThreads: false, stopping);
                return new Device(attached.Transport, $"{uri}: {attached.Name} [{attached.VendorId:x4}:{attached.DeviceId:x4}]", attached.Transport);
            }
        });
        return command;
    }

    private static ReplayReport Execute(
        string path, SessionSummary recorded, ILinkTransport transport, SessionReplayOptions options, CancellationToken stopping)
    {
        using var replay = new SessionReplay(path, recorded, new PatientTransport(transport, LinkPatience), options);
        return replay.Run(stopping);
    }

    private static int InRange(ParseResult parsed, Option<int> option, int least, int most) =>
        parsed.GetValue(option) is var value && value >= least && value <= most
            ? value : throw new FormatException($"{option.Name} {value}: expected {least} to {most}.");

    private static Duration Patience(string? text, Pacing pacing)
    {
        if (text is null) return pacing == Pacing.WallClock ? Duration.FromSeconds(5) : Duration.FromMilliseconds(50);
        return Quantity.Duration.TryParse(text, out var nanoseconds, out var problem) && nanoseconds > 0
            ? new Duration(nanoseconds)
            : throw new FormatException($"--patience {text}: {(problem.Length > 0 ? problem : "it is nothing")}; expected a time, as in 50ms.");
    }

    private sealed record Device(ILinkTransport Transport, string Description, IDisposable Owner) : IDisposable
    {
        public void Dispose() => Owner.Dispose();
    }
}
