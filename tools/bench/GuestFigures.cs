using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Pcie.Bench.Floors;
using Pcie.Emulator.Hosting;
using Pcie.Link.Grpc.Device;
using Pcie.Time;
using Pcie.VfioUser;
using Pcie.VfioUser.Memory;
using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.Bench;

/// <summary>
/// <c>bench guest</c>: what a register read of a virtual machine costs, against bytes that go to and fro over a UNIX socket and do nothing; and what
/// DMA into its memory costs, against a copy. Turn by turn, so that what else the machine does falls on both.
/// </summary>
internal static unsafe partial class GuestFigures
{
    private const int Starts = 7, Rounds = 15, Reads = 2000, Copies = 2000;

    // Until the runtime has compiled what runs often once more, on a busy machine too.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    // What is promised.
    private const double MostOfPingPong = 1.3, LeastOfCopy = 0.5;

    private const int RequestBytes = 32, ReplyBytes = 36, Chunk = 64 << 10;

    public static void Print()
    {
        var folder = Directory.CreateTempSubdirectory("bench-");
        try
        {
            var began = Stopwatch.GetTimestamp();
            for (var start = 0; Stopwatch.GetElapsedTime(began) < WarmUp; start++)
                foreach (var _ in TimesOfReads(folder.CreateSubdirectory($"{start}").FullName)) Thread.Yield();
            PrintReads("free", folder);
            using (Cores.KeepAwake()) PrintReads("cores awake", folder);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        PrintDma();
    }

    // Where the system puts the threads of both it decides at the beginning: so there are several.
    private static void PrintReads(string way, DirectoryInfo folder)
    {
        var reads = new List<(double Ours, double Plain)>();
        for (var start = 0; start < Starts; start++) reads.AddRange(TimesOfReads(folder.CreateSubdirectory($"{way} {start}").FullName));
        Console.WriteLine($"register read, {way}: {Median([.. reads.Select(read => read.Ours)]):0.0} µs; to and fro over a UNIX socket: "
            + $"{Median([.. reads.Select(read => read.Plain)]):0.0} µs; ratio {Median([.. reads.Select(read => read.Ours / read.Plain)]):0.00}, "
            + $"{MostOfPingPong:0.0} at the most");
    }

    private static IEnumerable<(double Ours, double Plain)> TimesOfReads(string folder)
    {
        using var card = new CardHost(CardDesign.Edu, Duration.FromSeconds(5));
        using var server = GuestServer.Listen(Path.Combine(folder, "card.sock"), card, new CardClaim(), new VfioUserCounters());
        server.Start();
        using var client = Connect(Path.Combine(folder, "card.sock"));
        Exchange(client, [.. Header(Command.Version, 20), 0, 0, 0, 0], null);
        // BAR 0 at 0xE0000000, and Memory Space Enable.
        Exchange(client, [.. Header(Command.RegionWrite, 36), .. Access(0x10, 7, 4), 0, 0, 0, 0xE0], null);
        Exchange(client, [.. Header(Command.RegionWrite, 36), .. Access(4, 7, 4), 2, 0, 0, 0], null);
        byte[] read = [.. Header(Command.RegionRead, RequestBytes), .. Access(0, 0, 4)];

        using var floor = Echo(Path.Combine(folder, "echo.sock"));
        for (var round = 0; round < Rounds; round++)
        {
            var plain = Microseconds(floor, read, Reads);
            yield return (Microseconds(client, read, Reads), plain);
        }
    }

    private static void PrintDma()
    {
        const int Size = 64 << 20;
        int number;
        fixed (byte* name = "bench\0"u8) number = Create(name, 2);
        using (var stream = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(number, ownsHandle: false), FileAccess.ReadWrite))
            stream.SetLength(Size);
        _ = Native.Control(number, 1033, Native.SealShrink);
        using var memory = new GuestMemory();
        memory.Map(new DmaRange(3, 0, 0, Size), new FileDescriptor(number));
        var (target, chunk) = (new byte[Size], new byte[Chunk]);
        var (ours, plain) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < Copies; i++) chunk.CopyTo(target.AsSpan(i * Chunk % Size));
            plain[round] = (double)Copies * Chunk / Stopwatch.GetElapsedTime(began).TotalNanoseconds;
            began = Stopwatch.GetTimestamp();
            for (var i = 0; i < Copies; i++)
                if (memory.Find((ulong)(i * Chunk % Size), Chunk, toWrite: true) == GuestReach.File) memory.Write((ulong)(i * Chunk % Size), chunk);
            ours[round] = (double)Copies * Chunk / Stopwatch.GetElapsedTime(began).TotalNanoseconds;
        }
        double[] ratios = [.. ours.Zip(plain, (one, other) => one / other)];
        Console.WriteLine($"DMA of {Chunk >> 10} KiB: {Median(ours):0.0} GB/s; a copy: {Median(plain):0.0} GB/s; ratio {Median(ratios):0.00}, "
            + $"{LeastOfCopy:0.0} at the least");
    }

    private static double Microseconds(Socket socket, byte[] request, int times)
    {
        var reply = new byte[ReplyBytes];
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++) Exchange(socket, request, reply);
        return Stopwatch.GetElapsedTime(began).TotalMicroseconds / times;
    }

    private static void Exchange(Socket socket, byte[] request, byte[]? reply)
    {
        socket.Send(request);
        // A reply of any length, unless one of that length.
        if (reply is null) socket.Receive(new byte[256]);
        else
            for (var have = 0; have < reply.Length;) have += socket.Receive(reply.AsSpan(have));
    }

    private static Socket Echo(string path)
    {
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        new Thread(() =>
        {
            using (listening)
            {
                using var accepted = listening.Accept();
                var (request, reply) = (new byte[RequestBytes], new byte[ReplyBytes]);
                while (accepted.Receive(request) > 0) accepted.Send(reply);
            }
        }) { IsBackground = true }.Start();
        return Connect(path);
    }

    private static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static byte[] Header(Command command, int size)
    {
        var bytes = new byte[MessageHeader.Length];
        new MessageHeader(1, command, size, 0).Write(bytes);
        return bytes;
    }

    private static byte[] Access(ulong offset, uint region, uint count) =>
        [.. BitConverter.GetBytes(offset), .. BitConverter.GetBytes(region), .. BitConverter.GetBytes(count)];

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    private static partial int Create(byte* name, uint flags);
}
