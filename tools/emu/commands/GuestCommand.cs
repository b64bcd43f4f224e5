using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emu.Guest.Tests;
using Pcie.Emulator.Hosting;
using Pcie.Program;
using Pcie.Qtest;
using Pcie.VfioUser;

namespace Pcie.Emu.Commands;

/// <summary>
/// <c>emu guest</c>: boots a Linux kernel in a virtual machine with one of our cards, runs a test there, and judges what it has left. Exit status: 0
/// the test passed; 2 a virtual machine cannot be had here; 3 the test failed.
/// </summary>
internal sealed class GuestCommand
{
    private static readonly TimeSpan LeavingTimeout = TimeSpan.FromSeconds(2);

    private readonly GuestTest test;
    private readonly GuestParts parts;
    private readonly CancellationToken stopping;

    private GuestCommand(GuestTest test, GuestParts parts, CancellationToken stopping) =>
        (this.test, this.parts, this.stopping) = (test, parts, stopping);

    public static Command Create(CancellationToken stopping)
    {
        var all = GuestTest.All((path, dpc) => ExplainCommand.Explain(path, dpc, stopping), path => ValidateCommand.Validate(path, stopping));
        var tests = string.Join(' ', all.Select(test => $"\n{test.Name}: {test.Summary}"));
        var name = new Argument<string[]>("test")
        {
            Description = $"What to run; all of them unless named. {tests}", Arity = ArgumentArity.ZeroOrMore,
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Keep what guests leave, recordings for one, in this folder.", HelpName = "DIR",
        }.AcceptWritableFoldersOnly();
        var record = new Option<string?>("--record")
        {
            Description = "Record the guest's session with the card in this file; emu show lists it, emu replay plays it.", HelpName = "PATH",
        }.AcceptWritableFilesOnly();
        var limit = RecordOptions.LimitOption();
        var cache = new Option<string>("--cache")
        {
            Description = "Where QEMU and the kernel are kept, once fetched.", HelpName = "DIR",
            DefaultValueFactory = _ => QemuProgram.DefaultCache,
        };
        var prepare = new Option<bool>("--prepare") { Description = "Fetch and build what the tests need and is not there, and run nothing." };
        var console = new Option<bool>("--console") { Description = "Show the guest's console as it comes, on standard error." };
        var command = new Command("guest", "Run a test in a virtual machine that has a card of ours: a real kernel, and real drivers.")
        {
            name, output, record, limit, cache, prepare, console,
        };
        command.SetAction(async (parsed, _) =>
        {
            var mostRecorded = RecordOptions.LimitOf(parsed, limit);
            var chosen = Chosen(all, parsed.GetValue(name) ?? []);
            if (parsed.GetValue(record) is not null && chosen.Count > 1)
                throw new FormatException("--record is of one test: name it. Of several, --out DIR records each session in a folder of its own.");
            if (parsed.GetValue(limit) is not null && (parsed.GetValue(record) ?? parsed.GetValue(output)) is null)
                throw new FormatException("--record-limit needs --record or --out: of what?");
            if (VfioUserListener.WhyNot is { } why) throw new IOException($"{why}.");
            RunFolder.RemoveThoseLeft();
            var began = Stopwatch.GetTimestamp();
            var parts = await GuestPreparation.PrepareAsync(Path.GetFullPath(parsed.GetRequiredValue(cache)), Progress, stopping);
            var modules = new Dictionary<GuestModules, string?>();
            foreach (var needed in chosen.Select(test => test.Modules).Distinct())
                modules[needed] = await GuestPreparation.BuildModulesAsync(parts, needed, Progress, stopping);
            if (parsed.GetValue(prepare))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"prepared in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s: Linux {parts.KernelVersion}, in {parts.Folder}"));
                return ExitStatus.Done;
            }
            var failures = 0;
            foreach (var test in chosen)
                failures += await new GuestCommand(test, parts, stopping).RunAsync(modules[test.Modules], parsed.GetValue(output),
                    parsed.GetValue(record), mostRecorded, parsed.GetValue(console));
            return ExitStatus.Of(failures == 0);
        });
        return command;
    }

    private static List<GuestTest> Chosen(IReadOnlyList<GuestTest> all, string[] names) => names.Length == 0 ? [.. all]
        : [.. names.Select(name => all.FirstOrDefault(test => test.Name == name) ?? throw new FormatException(
            $"There is no test '{name}' for a guest; expected {string.Join(", ", all.Select(test => test.Name))}."))];

    private static void Progress(string what) => Console.Error.WriteLine($"preparing: {what}");

    /// <returns>What was wrong.</returns>
    private async Task<int> RunAsync(string? modules, string? keep, string? record, long recordLimit, bool showsConsole)
    {
        using var temporary = new RunFolder();
        var cards = new List<GuestCard>();
        try
        {
            var began = Stopwatch.GetTimestamp();
            var image = Path.Combine(temporary.Path, "initramfs");
            GuestImage.Write(image, parts, test.Script, modules, test.NeedsLspci, test.Extras);
            var session = record ?? (keep is null ? null
                : Path.Combine(Directory.CreateDirectory(Path.Combine(keep, test.Name)).FullName, "session.tlps"));
            for (var number = 1; number <= test.Cards; number++)
                cards.Add(new GuestCard(test.CreateCard(temporary.Path), Path.Combine(temporary.Path, $"card{number}.sock"),
                    session is null || number == 1 ? session : Path.ChangeExtension(session, $"card{number}{Path.GetExtension(session)}"),
                    recordLimit));
            var card = cards[0].Host;
            GuestResult guest;
            try
            {
                guest = await VirtualMachine.RunAsync(parts, temporary.Path, [.. cards.Select(one => one.Socket)], image, test.Processors,
                    test.Extras, test.Limit, line => Heard(showsConsole, line, card), stopping);
                // QEMU has ended, which the cards are about to find out.
                await Task.WhenAll(cards.Select(one => one.Left)).WaitAsync(LeavingTimeout, stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (IOException e)
            {
                throw new IOException($"{test.Name}: {e.Message}\nThe card: {Counters(card)}", e);
            }
            foreach (var one in cards) one.Close();
            var verdict = new GuestVerdict();
            if (guest.Status != 0)
                verdict.Expect(false, $"the guest's script ended with {(guest.Status is { } status ? $"status {status}" : "none")}: "
                    + string.Join(" | ", (guest.Has("output") ? guest.Text("output").Split('\n') : guest.Console).TakeLast(5)));
            else await test.CheckAsync(guest, card, parts, verdict, stopping);
            if (keep is not null) Keep(guest, Path.Combine(keep, test.Name));
            Print(verdict, guest, Stopwatch.GetElapsedTime(began));
            return verdict.Failures.Count;
        }
        finally
        {
            Dispose(cards);
        }
    }

    private static void Dispose(IEnumerable<GuestCard> cards)
    {
        foreach (var card in cards) card.Dispose();
    }

    private string? Heard(bool shows, string line, CardHost card)
    {
        if (shows) Console.Error.WriteLine(line);
        return test.Answer(line, card);
    }

    private static string Counters(CardHost card) => string.Join(", ",
        card.GetStatistics().Counters.Where(counter => counter.Value > 0).OrderBy(counter => counter.Key, StringComparer.Ordinal)
            .Select(counter => $"{counter.Key} {counter.Value}"));

    private static void Keep(GuestResult guest, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(guest.Folder)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
    }

    private void Print(GuestVerdict verdict, GuestResult guest, TimeSpan took)
    {
        var up = guest.Has("up") ? $", its script after {guest.Text("up")} s" : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{test.Name}: {(verdict.Failures.Count == 0 ? "passed" : "FAILED")} in {took.TotalSeconds:0.0} s, Linux {parts.KernelVersion}{up}"));
        foreach (var line in verdict.Lines) Console.WriteLine($"  {line.ReplaceLineEndings("\n  ")}");
        foreach (var failure in verdict.Failures) Console.WriteLine($"  wrong: {failure}");
    }
}
