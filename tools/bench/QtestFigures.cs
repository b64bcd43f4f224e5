using System.Diagnostics;
using System.Net.Sockets;
using Pcie.Link.Sessions;
using Pcie.Qtest;
using Pcie.TestKit;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>
/// <c>bench qtest</c>, with a QEMU: what a register read of a device of QEMU's costs over a link, against a command of qtest and its answer on a
/// socket alone. Turn by turn, so that what else the machine does falls on both.
/// </summary>
internal static class QtestFigures
{
    private const int Rounds = 15, Reads = 1000;

    // A step as the link makes it: to the timer that is the barrier, which here never comes.
    private static readonly byte[] Read = [.. "readl 0x1000\n"u8], Step = [.. "writeq 0xfed00108 0\nclock_step 1000\n"u8];

    public static void Print()
    {
        var folder = Directory.CreateTempSubdirectory("bench-");
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "qtest")));
        listening.Listen(1);
        using var qemu = QemuProcess.Start(QemuProgram.Find(),
        [
            "-nodefaults", "-display", "none", "-machine", "q35,accel=qtest", "-m", "8M", "-qtest", $"unix:{folder.FullName}/qtest",
            "-qtest-log", "none",
            "-run-with", "exit-with-parent=on",
        ]);
        using var socket = listening.Accept();
        folder.Delete(recursive: true);
        using var simulated = Bench(Pacing.FreeRunning);
        using var byClock = Bench(Pacing.WallClock);
        var (alone, behind, atOnce) = (new double[Rounds], new double[Rounds], new double[Rounds]);
        var (free, wall) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            alone[round] = Alone(socket, (Read, 1));
            behind[round] = Alone(socket, (Read, 1), (Step, 2));
            atOnce[round] = Alone(socket, ([.. Read, .. Step], 3));
            wall[round] = Over(byClock);
            free[round] = Over(simulated);
        }
        // Before the medians sort the rounds.
        var (ratioWall, ratioBehind, ratioAtOnce, ratioAlone) = (Ratio(wall, alone), Ratio(free, behind), Ratio(free, atOnce), Ratio(free, alone));
        Console.WriteLine($"qtest, a read and its answer: {Median(alone):0.0} us; then a step of the clock and its answer: {Median(behind):0.0} us; "
            + $"both asked at once: {Median(atOnce):0.0} us");
        Console.WriteLine($"register read by the wall clock: {Median(wall):0.0} us; ratio {ratioWall:0.00}");
        Console.WriteLine($"register read in simulated time: {Median(free):0.0} us; ratio to a read and then a step {ratioBehind:0.00}, to both at "
            + $"once {ratioAtOnce:0.00}, to a read {ratioAlone:0.00}");
    }

    private static TestBench Bench(Pacing pacing)
    {
        var link = QtestLink.Open("edu", new LinkSessionOptions(pacing, LatencyRange.Default));
        var bench = new TestBench(link, null, new TestBenchOptions { Pacing = pacing });
        bench.Enumerate();
        return bench;
    }

    private static double Over(TestBench bench)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Reads; i++) bench.ReadMemory(bench.Bars[0].Address + 4, 4);
        return Stopwatch.GetElapsedTime(began).TotalMicroseconds / Reads;
    }

    private static double Alone(Socket socket, params ReadOnlySpan<(byte[] Lines, int Answers)> asked)
    {
        var answer = new byte[100];
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Reads; i++)
            foreach (var (lines, answers) in asked)
            {
                socket.Send(lines);
                for (var left = answers; left > 0;) left -= answer.AsSpan(0, socket.Receive(answer)).Count((byte)'\n');
            }
        return Stopwatch.GetElapsedTime(began).TotalMicroseconds / Reads;
    }

    private static double Ratio(double[] ours, double[] alone) => Median([.. ours.Zip(alone, (one, other) => one / other)]);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
