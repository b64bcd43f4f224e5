using System.Buffers.Binary;
using System.Diagnostics;
using Pcie.Bench.Table;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.Time;

namespace Pcie.Bench.Links;

/// <summary>A host that reads the ID register of the real card, which runs by the wall clock, again and again.</summary>
internal sealed class RegisterReads : IDisposable
{
    private const int Reads = 4000;
    private const ulong Bar = 0xC000_0000;

    private readonly CardHost card = new(CardDesign.Daq(new DaqCardOptions()), Duration.FromMilliseconds(50));
    private readonly ServedLink link;
    private readonly byte[] word = new byte[4];

    public RegisterReads(string medium)
    {
        link = ServedLink.Start(medium, card, card, Pacing.WallClock, Duration.Zero);
        Configure(ConfigLayout.Bar0, (uint)Bar);
        Configure(ConfigLayout.Command, 2);
    }

    /// <summary>From the request to its completion (µs).</summary>
    public Reading Read()
    {
        var latencies = new double[Reads];
        for (var i = -Reads / 4; i < Reads; i++)
        {
            var start = Stopwatch.GetTimestamp();
            RoundTrip(Tlp.Request(TlpKind.MemoryRead, Bar, 4), default);
            if (i >= 0) latencies[i] = Reading.MicrosecondsSince(start);
        }
        return Reading.Of(latencies);
    }

    /// <summary>
    /// Of a link on which nothing happens: how much of a processor it uses, both sides and all (%). The least of some seconds, as the runtime goes on
    /// compiling for a while.
    /// </summary>
    public static Reading Idle(string medium)
    {
        using var idle = new RegisterReads(medium);
        idle.Read();
        return new Reading(Enumerable.Range(0, 10).Min(_ => UsedInASecond()));

        static double UsedInASecond()
        {
            using var process = Process.GetCurrentProcess();
            var (before, start) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
            Thread.Sleep(1000);
            process.Refresh();
            return (process.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(start) * 100;
        }
    }

    private void Configure(int register, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        RoundTrip(Tlp.Request(TlpKind.ConfigWrite, (ulong)register, 4), word);
    }

    private void RoundTrip(in Tlp request, ReadOnlySpan<byte> payload)
    {
        var frame = link.Host.Pool.Rent();
        frame.Add(request, payload);
        link.Host.Send(frame);
        var answer = link.Host.Receive(Timeout.InfiniteTimeSpan) ?? throw new InvalidOperationException($"The link is down: {link.Host.Down}.");
        if (answer.Count != 1 || answer[0].Status != CompletionStatus.Successful) throw new InvalidOperationException($"Not completed: {answer[0]}.");
        link.Host.Pool.Return(answer);
    }

    public void Dispose()
    {
        link.Dispose();
        card.Dispose();
    }
}
