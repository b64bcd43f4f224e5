using System.Net.Sockets;
using System.Text;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures.Descriptors;
using Pcie.Link.Sessions;
using Pcie.Time;
using Pcie.VfioUser;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// Messages of vfio-user to a card, spoilt anywhere, with file descriptors anywhere, and the connection closed behind them: the session ends.
/// <code>
/// socket ── VfioUserListener ── VfioUserTransport ── DeviceSession ── EduDevice
/// </code>
/// </summary>
internal sealed class VfioUserTarget : IFuzzTarget
{
    // DMA of the card takes 100 ms of its time.
    private static readonly LinkSessionOptions Fast = new(Pacing.WallClock, LatencyRange.Default, TimeScale: 1e6);

    private static readonly byte[] Version =
        Message(1, Encoding.ASCII.GetBytes("\0\0\0\0{\"capabilities\":{\"max_data_xfer_size\":4096,\"max_msg_fds\":8}}\0"));

    private static readonly byte[][] Commands =
    [
        Message(2, Fields(32, 3, 0, 0, 0x10_0000, 0, 0x1000, 0)),
        Message(3, Fields(24, 0, 0x10_0000, 0, 0x1000, 0)),
        Message(4, Fields(16, 0, 0, 0)),
        Message(5, Fields(32, 0, 0, 0, 0, 0, 0, 0)),
        Message(7, Fields(16, 0, 1, 0)),
        Message(8, Fields(20, 0x24, 1, 0, 1)),
        Message(8, Fields(20, 0x21, 1, 0, 0)),
        Message(9, Fields(0, 0, 7, 4096)),
        Message(9, Fields(4, 0, 0, 4)),
        Message(10, Fields(0x10, 0, 7, 4, 0xE000_0000)),
        Message(10, Fields(4, 0, 7, 4, 6)),
        Message(10, Fields(0x88, 0, 7, 4, 0x8000)),
        // DMA, one way and the other.
        Message(10, Fields(0x80, 0, 0, 4, 0x10_0000)),
        Message(10, Fields(0x88, 0, 0, 4, 0x4_0000)),
        Message(10, Fields(0x90, 0, 0, 4, 64)),
        Message(10, Fields(0x98, 0, 0, 4, 1)),
        Message(10, Fields(0x98, 0, 0, 4, 3)),
        Message(13, []),
        Message(11, [.. Fields(0x10_0000, 0, 64, 0), .. new byte[64]], 1),
        Message(12, Fields(0x10_0000, 0, 64, 0), 1),
    ];

    private static readonly byte[] All = [.. Commands.SelectMany(message => message)];

    // The first byte says how many places have file descriptors; of each its place in what is sent, what they are, and how many.
    private const int MostPlaces = 4, PlaceBytes = 4;

    // Where DMA_MAP and SET_IRQS begin, which may bring some.
    private static readonly int[] RightPlaces =
        [.. Commands.Select((message, i) => (Command: message[2], At: Version.Length + Commands.Take(i).Sum(before => before.Length)))
            .Where(one => one.Command is 2 or 8).Select(one => one.At)];

    // They live as long as the process.
    private static readonly Lazy<FileInMemory> Memory = new(() => new FileInMemory(0x1_0000));
    private static readonly Lazy<InterruptFile> Line = new(() => new InterruptFile());
    private readonly Lazy<Socket> listening = new(Listen);

    public byte[] Next(Mutator mutator)
    {
        var places = Enumerable.Range(0, mutator.Below(MostPlaces + 1)).SelectMany(_ => (byte[])
        [
            .. BitConverter.GetBytes((ushort)(mutator.OneIn(4) ? mutator.Below(2000) : mutator.Any(RightPlaces))),
            (byte)mutator.Below(3), (byte)(mutator.OneIn(8) ? mutator.Below(70) : 1),
        ]).ToList();
        return [(byte)(places.Count / PlaceBytes), .. places, .. Stream(mutator)];
    }

    private static byte[] Stream(Mutator mutator)
    {
        if (mutator.OneIn(16)) return mutator.Spoil([[.. Version, .. All]]);
        var messages = new List<byte[]> { All };
        for (var more = mutator.Below(12); more > 0; more--) messages.Add(mutator.Any(Commands));
        messages[mutator.Below(messages.Count)] = mutator.Spoil(Commands);
        return [.. Version, .. messages.SelectMany(message => message)];
    }

    public bool Take(byte[] input)
    {
        var counters = new VfioUserCounters();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(listening.Value.LocalEndPoint!);
        Send(client, input);
        client.Shutdown(SocketShutdown.Send);
        var reading = new Thread(() => Drain(client)) { IsBackground = true };
        reading.Start();
        var listener = new VfioUserListener(listening.Value, counters);
        if (listener.Greet(listening.Value.Accept()) is { } greeted)
        {
            using var transport = greeted.Begin();
            using var card = new EmulatedCard(CardDesign.Edu, transport, Fast, Duration.FromSeconds(1));
            card.Session.Run(CancellationToken.None);
            if (transport.Down is null) throw new InvalidOperationException("The session ended, and the link is up.");
        }
        reading.Join();
        return counters is { CommandsRefused: 0, ProtocolErrors: 0, Attached: 1 };
    }

    private void Send(Socket client, byte[] input)
    {
        var places = input.AsSpan(1, input[0] * PlaceBytes);
        var stream = input.AsSpan(1 + places.Length);
        var sent = 0;
        var descriptors = Array.Empty<int>();
        foreach (var place in places.ToArray().Chunk(PlaceBytes).OrderBy(place => BitConverter.ToUInt16(place)))
        {
            var at = Math.Clamp((int)BitConverter.ToUInt16(place), sent, stream.Length);
            if (at == sent) continue;
            SentDescriptors.Send(client, stream[sent..at], descriptors);
            sent = at;
            var kind = place[2] switch { 0 => Memory.Value.Number, 1 => Line.Value.Number, _ => (int)listening.Value.Handle };
            descriptors = [.. Enumerable.Repeat(kind, place[3])];
        }
        if (sent < stream.Length) SentDescriptors.Send(client, stream[sent..], descriptors);
    }

    private static void Drain(Socket client)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (client.Receive(buffer) > 0)
            {
                // What it answers is for others to judge.
            }
        }
        catch (SocketException)
        {
            // The server has had enough.
        }
    }

    private static Socket Listen()
    {
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(Path.Combine(Directory.CreateTempSubdirectory("fuzz-").FullName, "card.sock")));
        listening.Listen();
        return listening;
    }

    private static byte[] Fields(params uint[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Message(ushort command, byte[] payload, uint flags = 0) =>
    [
        .. BitConverter.GetBytes((ushort)1), .. BitConverter.GetBytes(command), .. BitConverter.GetBytes(16 + payload.Length),
        .. BitConverter.GetBytes(flags), .. new byte[4], .. payload,
    ];
}
