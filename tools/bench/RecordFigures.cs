using System.Diagnostics;
using Pcie.DriverModel.Daq.Report;
using Pcie.Emu.Running;

namespace Pcie.Bench;

/// <summary>
/// <c>bench record [FOLDER]</c>: what recording costs a run by the wall clock, with and without turn by turn, so that what else the machine does
/// falls on both. At 200 MB/s, as the scenario live has it; and as fast as the path goes, against the floor: what this folder takes of plain writes.
/// </summary>
internal static class RecordFigures
{
    private const int Rounds = 7;

    public static void Print(string folder)
    {
        var scenario = Path.Combine(folder, "bench-record.toml");
        var recording = Path.Combine(folder, "bench-record.tlps");
        try
        {
            foreach (var (rate, name) in (ReadOnlySpan<(string, string)>)[("200 MB/s", "200 MB/s"), ("20 GB/s", "as fast as it goes")])
            {
                File.WriteAllText(scenario, Text(rate));
                foreach (var link in (ReadOnlySpan<LinkKind>)[LinkKind.Inproc, LinkKind.Grpc])
                {
                    var request = new RunRequest(scenario, link);
                    var whole = request with { RecordFile = recording };
                    Row($"{name}, {link}", request, ("whole payloads", whole), ("64 bytes of a payload", whole with { RecordPayload = 64 }));
                }
            }
            Console.WriteLine($"floor: plain writes of 256 KiB to a file there: {Floor(recording):0} MB/s");
        }
        finally
        {
            File.Delete(scenario);
            File.Delete(recording);
        }
    }

    private static void Row(string name, RunRequest plain, params ReadOnlySpan<(string Name, RunRequest Request)> recorded)
    {
        Rate(plain);
        var rates = new double[recorded.Length + 1][];
        for (var i = 0; i < rates.Length; i++) rates[i] = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            rates[0][round] = Rate(plain);
            for (var i = 0; i < recorded.Length; i++) rates[i + 1][round] = Rate(recorded[i].Request);
        }
        Console.WriteLine($"{name}: {Median([.. rates[0]]):0} MB/s without recording");
        for (var i = 0; i < recorded.Length; i++)
        {
            double[] ratios = [.. rates[i + 1].Zip(rates[0], (on, off) => on / off)];
            Console.WriteLine($"  {recorded[i].Name}: {Median([.. rates[i + 1]]):0} MB/s, ratio {Median(ratios):0.000}");
        }
    }

    // Megabytes that the reader got in a second of the run.
    private static double Rate(RunRequest request)
    {
        var report = request.Link == LinkKind.Inproc
            ? (DaqReport)new InProcessRun(request).Execute(CancellationToken.None)
            : (DaqReport)TwoProcessRun.ExecuteAsync(request, null, CancellationToken.None).Result;
        if (!report.Expect.Passed) throw new InvalidOperationException($"The run failed: {string.Join(' ', report.Expect.Failures)}");
        return report.Data.Bytes * 1e3 / report.SimulatedNs;
    }

    private static double Floor(string path)
    {
        const int Writes = 4000;
        var block = new byte[256 << 10];
        System.Random.Shared.NextBytes(block);
        var start = Stopwatch.GetTimestamp();
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0))
            for (var i = 0; i < Writes; i++) file.Write(block);
        return (double)Writes * block.Length / Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    // Holds back, so that nothing is lost however fast the source is, and the card is as fast as the reader.
    private static string Text(string rate) => $"""
        [run]
        duration = "2s"
        pacing = "wall-clock"

        [card.source]
        kind = "counter"
        chunk = "256 KiB"
        rate = "{rate}"

        [card.dma]
        bandwidth = "40 GB/s"

        [host]
        processors = 2

        [host.reader]
        cyclic-buffer-chunks = 256

        [driver]
        buffering = "ring"
        ring-slots = 512
        when-full = "hold-back"
        routing = "per-cause"
        rearm-policy = "auto-mask"
        last-look = "after-flushed-rearm"
        copy-rate = "40 GB/s"
        """;
}
