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
        var command = new RootCommand("Emulates a PCI Express card, models the host that drives it, and shows where the time goes.")
        {
            DemoCommand.Create(lifetime.Stopping),
            RunCommand.Create(lifetime.Stopping),
            ScenariosCommand.Create(),
            CalibrateCommand.Create(lifetime.Stopping),
            ExplainCommand.Create(lifetime.Stopping),
            ExportCommand.Create(lifetime.Stopping),
            WhatIfCommand.Create(lifetime.Stopping),
            CardCommand.Create(),
            HostCommand.Create(),
            CheckCommand.Create(lifetime.Stopping),
            RegsCommand.Create(),
            PeekCommand.Create(),
            PokeCommand.Create(),
            FaultCommand.Create(),
            LspciCommand.Create(),
            RecordCommand.Create(lifetime.Stopping),
            ShowCommand.Create(),
            ReplayCommand.Create(lifetime.Stopping),
        };
        ProgramLog.Configure(LogOptions.Parse("warn", [], null));
        return await new ProgramCommand("emu", RefusalOf).RunAsync(command, arguments);
    }

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
