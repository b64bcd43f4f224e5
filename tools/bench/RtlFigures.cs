using System.Diagnostics;
using System.Globalization;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Rtl;
using Pcie.Emulator.Rtl.Models;

namespace Pcie.Bench;

/// <summary>
/// <c>bench rtl</c>, in a clone, with Verilator: what a register access and a clock cycle of a card in Verilog cost from C#, against the verilated
/// card in a loop of its own; and how long it is from source to card. Turn by turn, so that what else the machine does falls on both.
/// </summary>
internal static class RtlFigures
{
    private const int Rounds = 9, Accesses = 200_000;
    private const ulong Cycles = 2_000_000, Step = 250;

    public static void Print()
    {
        if (!Directory.Exists("emulator/rtl"))
            throw new InvalidOperationException("bench rtl builds cards from emulator/rtl: run it in a clone's root.");
        var folder = Directory.CreateTempSubdirectory("bench-rtl-").FullName;
        try
        {
            Print(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(string folder)
    {
        var (ticker, daq) = (Path.Combine(folder, "libticker.so"), Path.Combine(folder, "libdaq.so"));
        string[] tickerSource = ["-o", ticker, "emulator/rtl/examples/ticker.v"];
        string[] daqSource = ["-o", daq, "--top", "daq_card", "-I", "emulator/rtl/daq", .. Directory.GetFiles("emulator/rtl/daq", "*.sv")];
        var cold = Built(tickerSource);
        var (warm, large) = (Running(tickerSource, ticker), Running(daqSource, daq));

        // As build-card left it: the card's code, and what Verilator's own files compiled to.
        var (made, bare) = (Path.Combine(folder, ".rtl-build", "ticker"), Path.Combine(folder, "bare"));
        using (var source = typeof(RtlFigures).Assembly.GetManifestResourceStream("verilator.cpp")!)
        using (var file = File.Create(bare + ".cpp")) source.CopyTo(file);
        var root = Output("verilator", "--getenv", "VERILATOR_ROOT").Trim();
        Output("g++", ["-include", "emulator/rtl/verilator/print.h", "-O2", "-std=c++20", "-w", "-DVL_USER_FINISH", "-DVL_USER_STOP",
            "-DVL_USER_FATAL", $"-I{root}/include", $"-I{made}", bare + ".cpp",
            .. Directory.GetFiles(Path.Combine(folder, ".rtl-build", "runtime"), "*.o"), "-lpthread", "-o", bare]);

        using var card = new RtlLibrary(ticker, new RtlRequests("ticker"), 4000, null, TimeSpan.FromSeconds(30));
        card.Reset();
        // A limit that is never reached: the card counts, and does not rest.
        card.WriteBar(0, 8, uint.MaxValue, 15);
        var (ours, loop, access) = (new double[Rounds], new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            loop[round] = double.Parse(Output(bare, Cycles.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
            var began = Stopwatch.GetTimestamp();
            for (var (at, end) = (card.Cycle, card.Cycle + Cycles); at < end; at += Step) card.Run(at + Step);
            ours[round] = Stopwatch.GetElapsedTime(began).TotalNanoseconds / Cycles;
            began = Stopwatch.GetTimestamp();
            for (var i = 0; i < Accesses; i++) card.ReadBar(0, 4, 15, out _);
            access[round] = Stopwatch.GetElapsedTime(began).TotalNanoseconds / Accesses;
        }
        double[] ratios = [.. ours.Zip(loop, (one, other) => one / other)];
        Console.WriteLine($"register read from C#: {Median(access):0} ns");
        Console.WriteLine($"clock cycle: {Median(ours):0.0} ns; bare Verilator loop: {Median(loop):0.0} ns; ratio {Median(ratios):0.00}");
        Console.WriteLine($"from .v to a running card: {warm:0.0} s ({cold:0.0} s the first time); the data-acquisition card {large:0.0} s");
    }

    private static double Built(string[] arguments)
    {
        var began = Stopwatch.GetTimestamp();
        Output("emulator/rtl/verilator/build-card", arguments);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Running(string[] arguments, string library)
    {
        var built = Built(arguments);
        var began = Stopwatch.GetTimestamp();
        using var card = EmulatedCard.InNoSlot(CardDesign.Rtl(new RtlPlace(library, null, null), RtlConfig.Default));
        return built + Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
