using System.CommandLine;
using Grpc.Core;
using Pcie.Emu.Commands;
using Pcie.Emu.Running;
using Pcie.Emulator.Hosting;
using Pcie.Logging;
using Pcie.Program;

namespace Pcie.Emu;

/// <summary>The command line that people use. Exit status: see <see cref="ExitStatus"/>.</summary>
internal static class EmuCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        using var lifetime = new ProgramLifetime();
        ProgramLog.Configure(LogOptions.Parse("warn", ClusterCommandLine.Quiet, null));
        return await RunAsync(arguments, lifetime.Stopping);
    }

    /// <summary>The same within a process that has a lifetime and a log of its own.</summary>
    internal static Task<int> RunAsync(string[] arguments, CancellationToken stopping) =>
        new ProgramCommand("emu", RefusalOf).RunAsync(Create(stopping), arguments);

    /// <summary>All commands.</summary>
    internal static RootCommand Create(CancellationToken stopping) =>
        new RootCommand("Emulates a PCI Express card, models the host that drives it, and shows where the time goes.")
        {
            DemoCommand.Create(stopping).WithExamples("emu demo --report /tmp/story    # the whole story, with pictures",
                "emu demo --ui                   # and see the failure happen, on a page"),
            RunCommand.Create(stopping).WithExamples(
                "emu run late-dpc --duration 1h                  # an hour of the failure",
                "emu run late-dpc --set driver.ring-slots=4 --set driver.buffering=ring",
                "emu run mine.toml --link grpc --json            # two processes, a JSON object"),
            ScenariosCommand.Create().WithExamples(
                "emu scenarios"),
            NewCommand.Create().WithExamples(
                "emu new mine                                    # a short one",
                "emu new mine --from vector-per-cause            # one that ships"),
            SchemaCommand.Create().WithExamples(
                "emu schema --out scenario.schema.json", "emu schema run          # of what emu run --json prints"),
            CalibrateCommand.Create(stopping).WithExamples(
                "emu calibrate trace.txt --out machine.toml      # a machine as recorded, for a scenario to include"),
            ValidateCommand.Create(stopping).WithExamples(
                "emu validate trace.txt --html validate.html"),
            ExplainCommand.Create(stopping).WithExamples(
                "emu explain trace.txt --dpc mydriver --isr mydriver",
                "emu explain run.flight --json"),
            ExportCommand.Create(stopping).WithExamples(
                "emu export trace.txt --out trace.perfetto-trace  # for ui.perfetto.dev"),
            WhatIfCommand.Create(stopping).WithExamples(
                "emu whatif late-dpc --change driver.buffering=ring,driver.ring-slots=3"),
            CampaignCommand.Create(stopping).WithExamples(
                "emu campaign designs.toml --out designs.jsonl   # goes on where it was, if it was interrupted",
                "emu campaign designs.toml --cluster redis://10.0.0.5:6379"),
            WorkerCommand.Create(stopping).WithExamples(
                "emu worker --cluster redis://127.0.0.1:6379     # with all processors of this machine"),
            CardCommand.Create().WithExamples(
                "emu card                                        # on http://127.0.0.1:5000",
                "emu card --device edu --listen unix:/tmp/edu.sock"),
            HostCommand.Create().WithExamples(
                "emu host --card http://127.0.0.1:5000 --scenario late-dpc --duration 10s"),
            CheckCommand.Create(stopping).WithExamples(
                "emu check inproc: --device edu",
                "emu check http://127.0.0.1:5000 --junit report.xml"),
            GuestCommand.Create(stopping).WithExamples(
                "emu guest                                       # every test, in virtual machines",
                "emu guest stream --out recordings"),
            RegsCommand.Create().WithExamples(
                "emu regs http://127.0.0.1:5000"),
            PeekCommand.Create().WithExamples(
                "emu peek http://127.0.0.1:5000 INT_CAUSE"),
            PokeCommand.Create().WithExamples(
                "emu poke http://127.0.0.1:5000 SCRATCH 0x1234"),
            StatsCommand.Create().WithExamples(
                "emu stats http://127.0.0.1:5000"),
            UiCommand.Create(stopping).WithExamples(
                "emu ui http://127.0.0.1:5000                    # a card, on a page at http://127.0.0.1:5080",
                "emu ui http://127.0.0.1:5000 unix:/tmp/driver.sock --listen http://127.0.0.1:0"),
            RegistersCommand.Create().WithExamples(
                "emu registers import board.svd                  # what is in it, and what could not be told",
                "emu registers export --device daq --format c    # its registers as a C header"),
            FaultCommand.Create().WithExamples(
                "emu fault http://127.0.0.1:5000 msi-dropped --count 3"),
            LspciCommand.Create().WithExamples(
                "emu lspci http://127.0.0.1:5000 | lspci -F /dev/stdin -vvv"),
            RecordCommand.Create(stopping).WithExamples(
                "emu record --to http://127.0.0.1:5000 --listen http://127.0.0.1:5001 --out session.tlps"),
            ShowCommand.Create().WithExamples(
                "emu show session.tlps"),
            ReplayCommand.Create(stopping).WithExamples(
                "emu replay session.tlps --against inproc: --scenario late-dpc"),
            CompletionCommand.Create().WithExamples(
                "eval \"$(emu completion bash)\""),
        }.WithExamples(
            "emu demo                         # the whole story in half a minute",
            "emu run late-dpc --duration 1h   # an hour of the failure, and its cause",
            "emu new mine                     # a scenario of your own");

    private static (string Message, int Status)? RefusalOf(Exception e) => e switch
    {
        ProgramFailedException failed => (failed.Message, failed.Status),
        RpcException { StatusCode: StatusCode.Unavailable, Status: var status } =>
            ($"no emulator answers there: {status.DebugException?.GetBaseException().Message ?? status.Detail}", ExitStatus.Refused),
        ListenRefusedException refused => (refused.Message, ExitStatus.Refused),
        RpcException refused => (refused.Status.Detail, ExitStatus.Refused),
        _ => null,
    };
}
