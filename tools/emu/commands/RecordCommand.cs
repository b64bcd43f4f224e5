using System.CommandLine;
using System.Globalization;
using Pcie.Control.Wire;
using Pcie.Emu.Access;
using Pcie.Emu.Recording;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Program;
using Pcie.Time;

namespace Pcie.Emu.Commands;

/// <summary>
/// <c>emu record</c>: stands between a host and a device, and records their session. Standard output gets a line when hosts can attach, as the
/// emulator's does, and one about the recording. Exit status: 0 the host detached; 2 wrong usage; 3 the session ended otherwise.
/// </summary>
internal static class RecordCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var listen = new Option<string>("--listen")
        {
            Description = "Where the host attaches: http://127.0.0.1:port (0: any), unix:/path or shm:/path.", HelpName = "URI", Required = true,
        };
        var to = new Option<string>("--to")
        {
            Description = "Where the device is: http://host:port, https://host:port, unix:/path or shm:/path, or qtest:device.", HelpName = "URI",
            Required = true,
        };
        var output = new Option<string>("--out", "-o", "--output")
        {
            Description = "The recording.", HelpName = "PATH", Required = true,
        }.AcceptWritableFilesOnly();
        var payload = RecordOptions.PayloadOption("--record-payload", "--payload");
        var limit = RecordOptions.LimitOption();
        var command = new Command("record", "Stand between a host and a device, and record their session.") { listen, to, output, payload, limit };
        var (link, tls) = (new LinkCommandLine(command), new TlsCommandLine(command, "server"));
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetRequiredValue(output);
            var (kept, most) = (RecordOptions.PayloadOf(parsed, payload), RecordOptions.LimitOf(parsed, limit));
            var device = LinkUri.Parse(parsed.GetRequiredValue(to));
            if (device.Scheme == LinkScheme.Vfio)
                throw new FormatException($"--to {device}: a host's own thread leads a function of its machine, and nothing stands between the two; "
                    + "record the run itself, by --record of emu run or driver-model.");
            var connect = new ConnectOptions("emu record", Pacing.WallClock, new Duration(0))
            {
                Wait = TimeSpan.FromSeconds(5),
                Credentials = tls.Read(parsed),
                KeepAlive = link.KeepAlive(parsed),
                GracePeriod = link.GracePeriod(parsed),
            };
            var at = LinkUri.Parse(parsed.GetRequiredValue(listen));
            if (!at.IsLoopback || at.Scheme == LinkScheme.Https)
                throw new FormatException($"--listen {at}: a recorder has no certificate, and listens for hosts of this machine only; "
                    + "expected http://127.0.0.1:port or unix:/path.");
            var server = new LinkServerOptions(at);
            using var control = device.IsForeign ? null : HostConnector.OpenChannel(device, connect.KeepAlive, connect.Credentials);
            var options = new AttachOptions { GracePeriod = connect.GracePeriod, KeepAlive = connect.KeepAlive };
            var proxy = new RecordingProxy(device, connect, options.Pool, head => SessionWriter.Create(path, head with { PayloadKept = kept }, most));
            var attach = new AttachService(proxy, options);
            var inspector = new ForwardedCard(control is null
                ? new CardControl.CardControlClient(new RefusingInvoker(BusControl.WhyNot(device))) : new CardControl.CardControlClient(control));
            await using (var listening = await LinkServer.StartAsync(server, attach, inspector, stopping))
            {
                Console.WriteLine($"listening on {listening.Address}");
                await Task.WhenAny(proxy.Recorded, Task.Delay(Timeout.Infinite, stopping));
            }
            // Ended by an interrupt, a session that began is whole by now; one that never began leaves no file.
            if (!proxy.HasBegun) return ExitStatus.Done;
            var down = await proxy.Recorded.WaitAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            var summary = SessionSummary.Of(path);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"recorded {path}: {summary.Requests:#,0} TLPs of the host, {summary.Speech:#,0} of the device, ")
                + string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(path).Length:#,0} bytes; {down.Message}"));
            return down.Reason == LinkDownReason.Detached ? ExitStatus.Done : ExitStatus.Unexpected;
        });
        return command;
    }
}
