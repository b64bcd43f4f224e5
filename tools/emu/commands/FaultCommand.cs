using System.CommandLine;
using Pcie.Control.Wire;
using Pcie.Emulator.Faults;
using Pcie.Emu.Forms.Cards;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.Emu.Commands;

/// <summary><c>emu fault</c>: makes something go wrong with a running card, now.</summary>
internal static class FaultCommand
{
    public static Command Create()
    {
        var command = new Command("fault", "Make something go wrong with a running card.");
        var access = new CardAccess(command);
        var kind = new Argument<string>("kind")
        {
            Description = $"What: {string.Join(", ", Enum.GetValues<FaultKind>().Select(FaultInjector.NameOf))}.",
        };
        var count = new Option<uint>("--count")
        {
            Description = "How many reads, messages or writes it hits; of a burst, the chunks.", HelpName = "N", DefaultValueFactory = _ => 1,
        };
        var duration = new Option<string?>("--duration")
        {
            Description = "How long the link is down or the source pauses, or by how much a message is late: 1ms unless given.", HelpName = "TIME",
        };
        var abort = new Option<bool>("--completer-abort") { Description = "Completions end with completer abort rather than unsupported request." };
        command.Arguments.Add(kind);
        foreach (var option in (Option[])[count, duration, abort]) command.Options.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = new InjectFaultRequest { Kind = parsed.GetRequiredValue(kind), Count = parsed.GetValue(count),
                CompleterAbort = parsed.GetValue(abort) };
            if (parsed.GetValue(duration) is { } text)
                request.DurationNs = Quantity.Duration.TryParse(text, out var nanoseconds, out var problem) && nanoseconds > 0
                    ? nanoseconds
                        : throw new FormatException($"--duration {text}: {(problem.Length > 0 ? problem : "it is nothing")}; expected a time, as "
                        + "in 50ms.");
            using var opened = access.Open(parsed);
            await opened.Client.InjectFaultAsync(request, null, CardAccess.Deadline, cancellation);
            access.Print(parsed, () => FaultFigures.Of(request), () => $"{request.Kind}: done");
            return ExitStatus.Done;
        });
        return command;
    }
}
