using Pcie.Bench.Floors;
using Pcie.Bench.Links;
using Pcie.Bench.Peers;
using Pcie.Bench.Table;
using Pcie.Emu.Running;

namespace Pcie.Bench;

/// <summary>
/// <c>bench</c>: what the link, the DMA path and the simulated day can do, each against a floor that is measured in the same rounds.
/// <c>--json</c> for programs; <c>--only TEXT</c> for figures whose names have it, and their floors; <c>--rounds N</c>; <c>--peers</c> for what
/// others do who simulate events, too.
/// </summary>
internal static class PerformanceFigures
{
    private const int Small = 64 << 10, Large = 1 << 20;
    private const long Bulk = 512L << 20;
    private const string Part = "15min", PartOverLink = "60s", PartOverGrpc = "10s", OneCard = "1 card", Day = "late-dpc in process";

    private static readonly int[] SeveralCards = [2, 4, 8, 16];

    /// <returns>The exit status.</returns>
    public static int Print(string[] arguments)
    {
        string? only = null;
        var (json, peers, rounds) = (false, false, 5);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--json") json = true;
            else if (arguments[i] == "--peers") peers = true;
            else if (arguments[i] == "--only" && i + 1 < arguments.Length) only = arguments[++i];
            else if (arguments[i] == "--rounds" && i + 1 < arguments.Length && int.TryParse(arguments[++i], out var n) && n > 0) rounds = n;
            else
            {
                Console.Error.WriteLine($"bench: {arguments[i]}: expected --json, --peers, --only TEXT or --rounds N; or "
                    + "reconnect, silence, guest, rtl, qtest, explain, record, workers, page, or BenchmarkDotNet's --filter PATTERN.");
                return 2;
            }
        }
        using var owned = new Owned();
        var all = All(owned);
        if (peers) all.AddRange(Peers(owned));
        var wanted = all.Where(f => only is null || f.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).Select(f => f.Name).ToHashSet();
        if (wanted.Count == 0)
        {
            Console.Error.WriteLine($"bench: --only {only}: no figure's name has that; there are: {string.Join("; ", all.Select(f => f.Name))}.");
            return 2;
        }
        wanted.UnionWith([.. all.Where(f => f.Floor is not null && wanted.Contains(f.Name)).Select(f => f.Floor!)]);
        var rows = FigureTable.Measure([.. all.Where(f => wanted.Contains(f.Name))], rounds, Progress);
        Console.WriteLine(json ? FigureTable.ToJson(rows) : FigureTable.ToText(rows));
        return 0;
    }

    private static void Progress(string what)
    {
        if (!Console.IsErrorRedirected) Console.Error.Write($"\r{what,-100}\r");
    }

    private static List<Figure> All(Owned owned) =>
    [
        // Before another row has opened a link: all that this process uses is counted.
        new("idle link shared memory", "%", () => RegisterReads.Idle("shm")) { Goal = Goal.AtMost(0.5, "%"), Rounds = 1 },
        new("idle link gRPC UNIX", "%", () => RegisterReads.Idle("unix")) { Rounds = 1 },
        new("ping-pong TCP", "µs", () => SocketPair.PingPong(unix: false)),
        new("bare gRPC TCP", "µs", () => owned.Tcp.PingPong()),
        new("register read gRPC TCP", "µs", () => owned.TcpReads.Read())
        {
            Floor = "ping-pong TCP", Goal = Goal.RatioAtMost(1.2).And(Goal.TailAtMost(3)),
        },
        new("register read gRPC TCP, of bare gRPC", "µs", () => owned.TcpReads.Read()) { Floor = "bare gRPC TCP", Goal = Goal.RatioAtMost(1.2) },
        new("ping-pong UNIX", "µs", () => SocketPair.PingPong(unix: true)),
        new("bare gRPC UNIX", "µs", () => owned.Unix.PingPong()),
        new("bare gRPC UNIX, a thread waits", "µs", () => owned.Unix.PingPongOfAThread()) { Floor = "bare gRPC UNIX" },
        new("register read gRPC UNIX", "µs", () => owned.UnixReads.Read())
        {
            Floor = "ping-pong UNIX", Goal = Goal.RatioAtMost(1.2).And(Goal.TailAtMost(3)),
        },
        new("register read gRPC UNIX, of bare gRPC", "µs", () => owned.UnixReads.Read()) { Floor = "bare gRPC UNIX", Goal = Goal.RatioAtMost(1.2) },
        new("register read gRPC UNIX, of a thread", "µs", () => owned.UnixReads.Read()) { Floor = "bare gRPC UNIX, a thread waits" },
        new("frame there and back gRPC UNIX", "µs", () => FrameStream.ThereAndBack("unix")) { Floor = "bare gRPC UNIX" },
        new("ping-pong TCP, one core", "µs", () => SocketPair.PingPong(unix: false, Cores.Pin)),
        new("ping-pong UNIX, one core", "µs", () => SocketPair.PingPong(unix: true, Cores.Pin)),
        new("ping-pong TCP, cores awake", "µs", () => Awake(() => SocketPair.PingPong(unix: false))),
        new("ping-pong UNIX, cores awake", "µs", () => Awake(() => SocketPair.PingPong(unix: true))),
        new("spin on a word", "µs", MemoryFloors.Spin),
        new("frame there and back shared memory", "µs", () => FrameStream.ThereAndBack("shm")) { Floor = "spin on a word" },
        new("register read shared memory", "µs", () => owned.SharedReads.Read())
        {
            Floor = "spin on a word", Goal = Goal.RatioAtMost(3).And(Goal.AtMost(1, "µs")),
        },
        new("posted writes gRPC", "M/s", () => FrameStream.Writes("unix", 500_000)) { Goal = Goal.AtLeast(1, "M/s") },
        new("posted writes shared memory", "M/s", () => FrameStream.Writes("shm", 5_000_000)) { Goal = Goal.AtLeast(10, "M/s") },
        .. new[] { Small, Large }.SelectMany(size => Transfers(owned, size)),
        new("bare heap", "ns/event", () => MemoryFloors.Heap(3_000_000)),
        new("our timeline", "ns/event", () => MemoryFloors.Timeline(3_000_000)) { Floor = "bare heap" },
        new(Day, "ns/event", () => ScenarioRuns.InProcess(Part)) { Floor = "bare heap", Goal = Goal.RatioAtMost(4.5) },
        new("late-dpc, the machine without its card", "ns/event", () => ScenarioRuns.WithoutCard(Part)) { Floor = "bare heap" },
        new("late-dpc, 16 processors", "ns/event", () => ScenarioRuns.InProcess(Part, "host.processors=16")) { Floor = Day, Rounds = 2 },
        new("late-dpc, 60 sources more", "ns/event", () => ScenarioRuns.WithMoreSources(Part, 60)) { Floor = Day, Rounds = 2 },
        new("late-dpc, 2 h", "ns/event", () => ScenarioRuns.InProcess("2h")) { Floor = Day, Rounds = 1 },
        new("late-dpc shared memory", "ns/event", () => ScenarioRuns.Over("shm", PartOverLink))
        {
            Floor = Day, Goal = Goal.RatioAtMost(3),
        },
        new("late-dpc gRPC", "ns/event", () => ScenarioRuns.Over("tcp", PartOverGrpc))
        {
            Floor = Day, Goal = Goal.RatioAtMost(30), Rounds = 2,
        },
        new("late-dpc allocated", "B/event", () => ScenarioRuns.Allocated("4min", "16min")) { Goal = Goal.AtMost(0.01, "B/event"), Rounds = 1 },
        new(OneCard, "µs/chunk", () => ScenarioRuns.OfCards(1)),
        .. SeveralCards.Select(cards =>
            new Figure($"{cards} cards", "µs/chunk", () => ScenarioRuns.OfCards(cards)) { Floor = OneCard, Goal = Goal.RatioAtMost(1.5) }),
        new("bare heap on two cores", "×", () => MemoryFloors.HeapOnTwoProcessors(40_000_000)) { Rounds = 3 },
        new("eight seeds on two cores", "×", () => ScenarioRuns.OnTwoProcessors("10min"))
        {
            Floor = "bare heap on two cores", Goal = Goal.AtLeast(1.8, "×"), Rounds = 3,
        },
    ];

    // Those that are installed; it is said of the others what they need.
    private static IEnumerable<Figure> Peers(Owned owned) =>
        [.. Peer("SystemC, twenty methods", () => owned.SystemC.Event), .. Peer("SimPy, twenty processes", () => owned.SimPy.Event)];

    private static Figure[] Peer(string name, Func<Func<Reading>> find)
    {
        try
        {
            return [new(name, "ns/event", find()) { Floor = "bare heap" }];
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"bench: {e.Message}");
            return [];
        }
    }

    private static IEnumerable<Figure> Transfers(Owned owned, int size)
    {
        var name = size == Small ? "64 KiB" : "1 MiB";
        return
        [
            new($"memory copy {name}", "GB/s", () => MemoryFloors.Copy(size, Bulk)),
            new($"raw TCP stream {name}", "GB/s", () => SocketPair.Stream(unix: false, size, Bulk)),
            new($"bare gRPC stream {name}", "GB/s", () => owned.Tcp.Stream(size, Bulk)),
            new($"bare gRPC TLS stream {name}", "GB/s", () => owned.Tls.Stream(size, Bulk / 2)) { Floor = $"bare gRPC stream {name}" },
            new($"frames gRPC {name}", "GB/s", () => FrameStream.Dma("tcp", size, Bulk))
            {
                Floor = $"bare gRPC stream {name}", Goal = Goal.RatioAtLeast(1),
            },
            new($"frames gRPC TLS {name}", "GB/s", () => FrameStream.Dma("tls", size, Bulk / 2))
            {
                Floor = $"bare gRPC stream {name}", Goal = Goal.RatioAtLeast(0.7),
            },
            new($"frames gRPC TLS {name}, of bare TLS", "GB/s", () => FrameStream.Dma("tls", size, Bulk / 2))
            {
                Floor = $"bare gRPC TLS stream {name}",
            },
            new($"frames shared memory {name}", "GB/s", () => FrameStream.Dma("shm", size, 2 * Bulk))
            {
                Floor = $"memory copy {name}", Goal = Goal.RatioAtLeast(0.5),
            },
            new($"source to reader in process {name}", "GB/s", () => ScenarioRuns.Streamed(LinkKind.Inproc, size))
            {
                Floor = $"memory copy {name}", Rounds = 2,
            },
            new($"source to reader gRPC {name}", "GB/s", () => ScenarioRuns.Streamed(LinkKind.Grpc, size))
            {
                Floor = $"bare gRPC stream {name}", Goal = Goal.RatioAtLeast(1), Rounds = 2,
            },
            new($"source to reader shared memory {name}", "GB/s", () => ScenarioRuns.Streamed(LinkKind.Shm, size))
            {
                Floor = $"memory copy {name}", Goal = Goal.RatioAtLeast(0.5), Rounds = 2,
            },
        ];
    }

    private static Reading Awake(Func<Reading> measure)
    {
        using var awake = Cores.KeepAwake();
        return measure();
    }

    // What is set up once, when it is wanted first.
    private sealed class Owned : IDisposable
    {
        private readonly Lazy<BareGrpc> tcp = new(() => BareGrpc.Start("tcp")), tls = new(() => BareGrpc.Start("tls"));
        private readonly Lazy<BareGrpc> unix = new(() => BareGrpc.Start("unix"));
        private readonly Lazy<RegisterReads> tcpReads = new(() => new("tcp")), unixReads = new(() => new("unix"));
        private readonly Lazy<RegisterReads> sharedReads = new(() => new("shm"));

        private readonly Lazy<SystemCPeer> systemC = new(() => new SystemCPeer());
        private readonly Lazy<SimPyPeer> simPy = new(() => new SimPyPeer());

        public SystemCPeer SystemC => systemC.Value;
        public SimPyPeer SimPy => simPy.Value;
        public BareGrpc Tcp => tcp.Value;
        public BareGrpc Tls => tls.Value;
        public BareGrpc Unix => unix.Value;
        public RegisterReads TcpReads => tcpReads.Value;
        public RegisterReads UnixReads => unixReads.Value;
        public RegisterReads SharedReads => sharedReads.Value;

        public void Dispose()
        {
            if (systemC.IsValueCreated) systemC.Value.Dispose();
            if (simPy.IsValueCreated) simPy.Value.Dispose();
            foreach (var made in (Lazy<BareGrpc>[])[tcp, tls, unix])
                if (made.IsValueCreated) made.Value.Dispose();
            foreach (var made in (Lazy<RegisterReads>[])[tcpReads, unixReads, sharedReads])
                if (made.IsValueCreated) made.Value.Dispose();
        }
    }
}
