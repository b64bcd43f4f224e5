using System.CommandLine;
using Pcie.Emu.Campaigns;
using Pcie.Link;
using Pcie.Logging;
using Pcie.Program;
using Pcie.Telemetry;
using Pcie.Workers.Working;

namespace Pcie.Emu.Commands;

/// <summary><c>emu worker</c>: runs units of a cluster's campaigns.</summary>
internal static class WorkerCommand
{
    public static Command Create(CancellationToken stopping)
    {
        var processors = new Option<int>("--processors")
        {
            Description = "Run so many units at once.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var listen = new Option<string>("--listen")
        {
            Description = "Where other workers and campaigns reach it; they take PORT and the next. Beyond loopback with certificates only.",
            HelpName = "ADDRESS[:PORT]", DefaultValueFactory = _ => "127.0.0.1",
        };
        var name = new Option<string>("--name")
        {
            Description = "What others call it.", HelpName = "NAME", DefaultValueFactory = _ => $"{Environment.MachineName}-{Environment.ProcessId}",
        };
        var dashboard = new Option<string?>("--dashboard")
        {
            Description = "Serve Orleans' dashboard here: http://127.0.0.1:port.", HelpName = "URI",
        };
        var command = new Command("worker", "Run units of the campaigns that are on a cluster, until it is stopped.")
        {
            processors, listen, name, dashboard,
        };
        var cluster = new ClusterCommandLine(command, isNeeded: true);
        var log = new LogCommandLine(command, "info", ClusterCommandLine.Quiet);
        command.SetAction(async (parsed, _) =>
        {
            // Orleans' timers wake the pool's threads all the time, which spin before they sleep again: as long as that is longer for the units.
            AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
            ProgramLog.Configure(log.Read(parsed));
            var n = parsed.GetValue(processors);
            if (n is < 1 or > 4096) throw new FormatException($"--processors {n}: expected 1 to 4096.");
            var (store, credentials) = cluster.Read(parsed)!.Value;
            var (address, port) = WorkerOptions.ParseListen(parsed.GetRequiredValue(listen));
            var options = new WorkerOptions(parsed.GetRequiredValue(name), n, address, port, credentials,
                parsed.GetValue(dashboard) is { } page ? LinkUri.Parse(page) : null);
            await using var worker = await Worker.StartAsync(store, options, new UnitRunner(), stopping);
            Console.WriteLine($"worker {options.Name} on {store.Name}: {n} unit{(n == 1 ? "" : "s")} at once"
                + (options.Dashboard is null ? "" : $", dashboard at {options.Dashboard}"));
            ServiceManager.SayReady();
            await Task.WhenAny(worker.Left, Task.Delay(Timeout.Infinite, stopping));
            ServiceManager.SayStopping();
            if (!worker.Left.IsCompleted) return ExitStatus.Done;
            // What is left of it does not get to its end by itself.
            await Console.Error.WriteLineAsync($"emu: worker {options.Name} is no longer of the cluster; start it again: {await worker.Left}");
            Environment.Exit(ExitStatus.Incomplete);
            return ExitStatus.Incomplete;
        });
        return command;
    }
}
