using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Expectations;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Study;
using Pcie.Pci.Messages;
using Pcie.Playback;
using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Scenario;

/// <summary>
/// The host's sections of a scenario file: <c>[host]</c>, <c>[[host.interference]]</c>, <c>[driver]</c>, <c>[expect]</c>.
/// </summary>
public sealed record HostScenario
{
    // Leaves vectors for the device.
    private const int MaxSources = 100;

    public required RunScenario Run { get; init; }
    public required KernelOptions Kernel { get; init; }
    public required IReadOnlyList<InterferenceOptions> Interference { get; init; }
    public required WdfDeviceOptions Device { get; init; }
    public required DriverDesign Driver { get; init; }
    public required IReadOnlyList<Expectation> Expectations { get; init; }

    /// <summary>Whether it runs as long as the file says, which is what its expectations are about.</summary>
    public bool IsOwnDuration { get; init; } = true;

    /// <summary>Reads the sections, each key checked.</summary>
    /// <exception cref="ScenarioException">Something is unknown, impossible or missing.</exception>
    public static HostScenario Read(ScenarioFile file)
    {
        file.RefuseUnknownTables("run", "card", "host", "driver", "expect");
        var run = RunScenario.Read(file);
        var host = file.Table("host");
        var driver = file.Table("driver");
        var kernel = ReadKernel(host);
        var design = new DaqDesign(ReadDriver(driver), ReadReader(host.Table("reader")));
        var scenario = new HostScenario
        {
            Run = run,
            Kernel = kernel,
            Interference = ReadInterference(host, kernel, file.Folder),
            Device = ReadDevice(design.Name, host, driver, kernel),
            Driver = design,
            Expectations = Expectation.ReadAll(file.Table("expect"), design.EmptyReport),
        };
        host.RefuseUnknownKeys();
        driver.RefuseUnknownKeys();
        return scenario;
    }

    /// <summary>The same with what a command line says instead.</summary>
    /// <param name="seed">Null for the scenario's own.</param>
    /// <param name="duration">Null for the scenario's own.</param>
    /// <exception cref="FormatException">The duration is none.</exception>
    public HostScenario With(ulong? seed, string? duration)
    {
        var run = Run with { Seed = seed ?? Run.Seed };
        if (duration is not null)
        {
            if (!Quantity.Duration.TryParse(duration, out var nanoseconds, out var problem))
                throw new FormatException($"--duration {duration}: {problem}; expected {Quantity.Duration.Expected}.");
            if (nanoseconds == 0) throw new FormatException($"--duration {duration}: a run takes at least 1ns.");
            run = run with { Duration = new Duration(nanoseconds) };
        }
        return this with { Run = run, IsOwnDuration = run.Duration == Run.Duration };
    }

    private static KernelOptions ReadKernel(ScenarioTable host)
    {
        var d = new KernelOptions();
        return new KernelOptions
        {
            Processors = (int)host.Integer("processors", d.Processors, 1, 64),
            TicksPerSecond = (int)host.Integer("ticks-per-second", d.TicksPerSecond, 1, 10_000),
            TickDuration = host.Distribution("tick-duration", d.TickDuration),
            InterruptDispatch = host.Duration("interrupt-dispatch", d.InterruptDispatch),
            DpcDispatch = host.Duration("dpc-dispatch", d.DpcDispatch),
            IpiLatency = host.Duration("ipi-latency", d.IpiLatency),
            MaximumDpcQueueDepth = (int)host.Integer("maximum-dpc-queue-depth", d.MaximumDpcQueueDepth, 1, 1_000),
            MinimumDpcRate = (int)host.Integer("minimum-dpc-rate", d.MinimumDpcRate, 0, 1_000_000),
            IdealDpcRate = (int)host.Integer("ideal-dpc-rate", d.IdealDpcRate, 0, 1_000_000),
            AdjustDpcThreshold = (int)host.Integer("adjust-dpc-threshold", d.AdjustDpcThreshold, 1, 1_000_000),
            IdlePolls = host.Flag("idle-polls", d.IdlePolls),
            ThreadedDpcs = host.Flag("threaded-dpcs", d.ThreadedDpcs),
            DpcWatchdog = host.Choice<DpcWatchdogPolicy>("dpc-watchdog", d.DpcWatchdog),
            DpcTimeLimit = (int)host.Integer("dpc-time-limit", d.DpcTimeLimit, 1, 1_000_000),
            DpcWatchdogLimit = (int)host.Integer("dpc-watchdog-limit", d.DpcWatchdogLimit, 1, 1_000_000),
            IdleStates = ReadIdleStates(host),
        };
    }

    private static List<IdleState> ReadIdleStates(ScenarioTable host)
    {
        var states = new List<IdleState>();
        foreach (var table in host.Tables("idle-state"))
        {
            var state = new IdleState(table.Duration("after"), table.Distribution("exit-latency"));
            if (states.Count > 0 && state.After <= states[^1].After)
                throw table.Refusal("after", "a later state is entered later; give the states by rising \"after\"");
            table.RefuseUnknownKeys();
            states.Add(state);
        }
        return states;
    }

    private static List<InterferenceOptions> ReadInterference(ScenarioTable host, KernelOptions kernel, string folder)
    {
        var sources = new List<InterferenceOptions>();
        var atIrql = new int[Irql.Levels];
        var vectors = 0;
        foreach (var table in host.Tables("interference"))
        {
            var source = ReadSource(table, kernel, atIrql, folder);
            if (sources.Exists(s => s.Name == source.Name))
                throw table.Refusal("name",
                    $"there is a source named \"{source.Name}\" already; a name picks the random streams, so each needs its own");
            if (source.Follows is { } leader && !sources.Exists(s => s.Name == leader))
                throw table.Refusal("follows", $"there is no source named \"{leader}\" above; a source can follow one that stands before it");
            if (sources.Count == MaxSources)
                throw table.Refusal("name", $"a machine has at most {MaxSources} sources of interference");
            sources.Add(source);
            if ((vectors += VectorsOf(source)) > MaxSources)
                throw table.Refusal("name", $"with this one there are {vectors} sources of interrupts; a machine has at most {MaxSources}");
        }
        return sources;
    }

    private static InterferenceOptions ReadSource(ScenarioTable table, KernelOptions kernel, int[] atIrql, string folder)
    {
        var at = table.Durations("at");
        var options = new InterferenceOptions
        {
            Name = table.Text("name"),
            Interval = Optional("interval"),
            At = at,
            Isr = Optional("isr"),
            Dpc = Optional("dpc"),
            Threaded = table.Flag("threaded", false),
            Timer = Optional("timer"),
            Thread = Optional("thread"),
            Raised = Optional("raised"),
            RaisedIrql = (byte)table.Integer("raised-irql", Irql.Dispatch, Irql.Dispatch, 12),
            Lock = table.Has("lock") ? table.Text("lock") : null,
            Stop = Optional("stop"),
            Playback = ReadPlayback(table, kernel, folder),
            Loop = table.Flag("loop", false),
            Follows = table.Has("follows") ? table.Text("follows") : null,
            Burst = (int)table.Integer("burst", 1, 1, 1_000_000),
            BurstGap = table.Distribution("burst-gap", Distribution.Fixed(Duration.FromMicroseconds(10))),
            Vector = table.Has("irql") ? VectorOf(table, (int)table.Integer("irql", min: 3, max: 12), atIrql) : null,
            Importance = table.Choice<DpcImportance>("importance", DpcImportance.Medium),
            Processors = ReadProcessors(table, kernel),
            DpcProcessor = OptionalProcessor(table, "dpc-processor", kernel),
        };
        if (options.Playback is not null)
        {
            foreach (var key in table.Keys)
                if (key is not ("name" or "playback" or "loop")) throw table.Refusal(key, "a playback has its own times and durations; leave it out");
            return options;
        }
        if (options.Loop) throw table.Refusal("loop", "only a playback begins anew");
        if (options.Interval is null && at.Count == 0 && options.Follows is null)
            throw table.Refusal("interval", "a source needs an interval, or one-off times as at = [\"1h\"], or another that it follows");
        for (var i = 1; i < at.Count; i++)
            if (at[i] <= at[i - 1]) throw table.Refusal("at", "the times must rise");
        Distribution?[] ways = [options.Isr ?? options.Dpc, options.Timer, options.Thread, options.Raised, options.Stop];
        if (ways.Count(way => way is not null) != 1)
            throw table.Refusal("isr", "a source has an isr, a dpc or both; or a timer, a thread, a raised or a stop, and nothing else");
        if (options.Raised is null && table.Has("raised-irql"))
            throw table.Refusal("raised-irql", "only a source with a raised has one");
        if (options.Lock is not null && options.Dpc is null && options.Timer is null && options.Raised is null)
            throw table.Refusal("lock", "only a dpc, a timer or a raised can hold a spin lock; an ISR would wait for what it interrupts, for ever");
        if (options.Lock is not null && options.RaisedIrql != Irql.Dispatch)
            throw table.Refusal("lock", "a spin lock is held at DISPATCH_LEVEL; leave out raised-irql");
        foreach (var key in (ReadOnlySpan<string>)["processor", "processors"])
            if (options.Stop is not null && table.Has(key)) throw table.Refusal(key, "a stop takes all processors");
        foreach (var key in (ReadOnlySpan<string>)["importance", "dpc-processor"])
            if (options.Dpc is null && options.Timer is null && table.Has(key)) throw table.Refusal(key, "only a source with a dpc has one");
        if (options.Threaded && options.Dpc is null) throw table.Refusal("threaded", "only a dpc is threaded");
        if (options.Threaded && options.Lock is not null)
            throw table.Refusal("lock", "a threaded dpc holds none here; leave out one of the two");
        table.RefuseUnknownKeys();
        return options;

        Distribution? Optional(string key) => table.Has(key) ? table.Distribution(key) : null;
    }

    private static int VectorsOf(InterferenceOptions source) => source.Playback is not { } playback ? (source.Isr is null ? 0 : 1)
        : playback.Records.Where(r => r.Kind is IntervalKind.Isr or IntervalKind.Stall).Select(r => (r.Kind, r.Source)).Distinct().Count();

    private static PlaybackFile? ReadPlayback(ScenarioTable table, KernelOptions kernel, string folder)
    {
        if (!table.Has("playback")) return null;
        var path = table.Text("playback");
        try
        {
            using var stream = new BufferedStream(File.OpenRead(Path.Combine(folder, path)), 1 << 16);
            var playback = PlaybackFile.Read(stream);
            return playback.Processors <= kernel.Processors ? playback
                : throw table.Refusal("playback",
                    $"{path} is of a machine with {playback.Processors} processors and this one has {kernel.Processors}; set processors in [host]");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or InvalidDataException)
        {
            throw table.Refusal("playback", $"{path} cannot be played: {e.Message}");
        }
    }

    // The next vector of the level's priority class.
    private static byte VectorOf(ScenarioTable table, int irql, int[] atIrql)
    {
        if (!table.Has("isr")) throw table.Refusal("irql", "only a source with an isr has an IRQL");
        return atIrql[irql] < 16 ? (byte)(irql << 4 | atIrql[irql]++)
            : throw table.Refusal("irql",
                $"16 sources have IRQL {irql} already, one for each vector of its priority class; choose another");
    }

    private static List<int> ReadProcessors(ScenarioTable table, KernelOptions kernel)
    {
        if (table.Has("processors"))
        {
            if (table.Has("processor")) throw table.Refusal("processors", "give either processor or processors");
            return Distinct(table, table.Integers("processors", 0, kernel.Processors - 1));
        }
        if (!table.Has("processor")) return [.. Enumerable.Range(0, kernel.Processors)];
        return [(int)table.Integer("processor", min: 0, max: kernel.Processors - 1)];
    }

    private static List<int> Distinct(ScenarioTable table, IReadOnlyList<long> numbers)
    {
        if (numbers.Count == 0) throw table.Refusal("processors", "a source needs a processor to be on");
        if (numbers.Distinct().Count() < numbers.Count) throw table.Refusal("processors", "a processor stands there twice");
        return [.. numbers.Select(number => (int)number)];
    }

    private static WdfDeviceOptions ReadDevice(string name, ScenarioTable host, ScenarioTable driver, KernelOptions kernel) => new()
    {
        Name = name,
        Interrupts = driver.Choice<MessageKind>("interrupts", MessageKind.Msi),
        Grant = host.Choice<GrantRule>("grant", GrantRule.AllOrOne),
        MaxMessages = (int)host.Integer("msi-messages", 32, 1, 32),
        RequestSizes = new RequestSizes
        {
            RootPortPayload = ReadSize(host, "max-payload-size", new RequestSizes().RootPortPayload),
            ReadRequest = ReadSize(host, "max-read-request-size", new RequestSizes().ReadRequest),
        },
        InterruptAffinity = ReadAffinity(driver),
        InterruptProcessor = (int)driver.Integer("interrupt-processor", 0, 0, kernel.Processors - 1),
        DpcImportance = driver.Choice<DpcImportance>("dpc-importance", DpcImportance.Medium),
        DpcProcessor = OptionalProcessor(driver, "dpc-processor", kernel),
        DpcLock = driver.Has("dpc-lock") ? driver.Text("dpc-lock") : null,
    };

    private static int ReadSize(ScenarioTable host, string key, int orElse)
    {
        var size = (int)host.Bytes(key, orElse, RequestSizes.Shortest, RequestSizes.Longest);
        return int.IsPow2(size) ? size : throw host.Refusal(key, $"{size} is not a power of two; expected 128, 256, 512, 1024, 2048 or 4096");
    }

    private static InterruptAffinity ReadAffinity(ScenarioTable driver)
    {
        var affinity = driver.Choice<InterruptAffinity>("interrupt-affinity", InterruptAffinity.OneCloseProcessor);
        if (affinity != InterruptAffinity.OneCloseProcessor && driver.Choice<MessageKind>("interrupts", MessageKind.Msi) == MessageKind.Msi)
            throw driver.Refusal("interrupt-affinity", "all messages of MSI have one address, and so one processor; set interrupts = \"msi-x\"");
        return affinity;
    }

    private static int? OptionalProcessor(ScenarioTable table, string key, KernelOptions kernel) =>
        table.Has(key) ? (int)table.Integer(key, min: 0, max: kernel.Processors - 1) : null;

    private static DaqDriverOptions ReadDriver(ScenarioTable driver)
    {
        var d = new DaqDriverOptions();
        var options = new DaqDriverOptions
        {
            Buffering = driver.Choice<Buffering>("buffering", d.Buffering),
            DescriptorBytes = (int)driver.Bytes("descriptor-bytes", d.DescriptorBytes, min: 64, max: 1 << 30),
            RingSlots = (int)driver.Integer("ring-slots", d.RingSlots, 1, 65_536),
            WhenFull = driver.Choice<WhenFull>("when-full", d.WhenFull),
            Routing = driver.Choice<Routing>("routing", d.Routing),
            RearmPolicy = driver.Choice<RearmPolicy>("rearm-policy", d.RearmPolicy),
            ModerationCount = (int)driver.Integer("moderation-count", d.ModerationCount, 1, 255),
            ModerationTime = ReadModerationTime(driver, d),
            CauseSource = driver.Choice<CauseSource>("cause-source", d.CauseSource),
            Drain = driver.Choice<Drain>("drain", d.Drain),
            LastLook = driver.Choice<LastLook>("last-look", d.LastLook),
            VerifyCopy = driver.Flag("verify-copy", d.VerifyCopy),
            IsrWork = driver.Duration("isr-work", d.IsrWork),
            DpcWork = driver.Duration("dpc-work", d.DpcWork),
            DpcEpilogue = driver.Duration("dpc-epilogue", d.DpcEpilogue),
            CopyBytesPerSecond = driver.Rate("copy-rate", d.CopyBytesPerSecond, min: 1),
            Watchdog = driver.Duration("watchdog", d.Watchdog),
            OnFailure = driver.Choice<DeviceFailedAction>("on-failure", d.OnFailure),
        };
        if (options.Buffering == Buffering.ScatterGather && driver.Has("when-full") && options.WhenFull == WhenFull.Overwrite)
            throw driver.Refusal("when-full", "with scatter-gather nothing is overwritten; expected \"drop\" or \"hold-back\"");
        return options;
    }

    // The register counts in microseconds.
    private static Duration ReadModerationTime(ScenarioTable driver, DaqDriverOptions d)
    {
        var time = driver.Duration("moderation-time", d.ModerationTime, max: Duration.FromMicroseconds(ushort.MaxValue));
        return time.Nanoseconds % 1_000 == 0 ? time
            : throw driver.Refusal("moderation-time", $"{time.Nanoseconds} ns is no whole number of microseconds, which the card counts");
    }

    private static ReaderOptions ReadReader(ScenarioTable reader)
    {
        var d = new ReaderOptions();
        var options = new ReaderOptions
        {
            CyclicBufferChunks = (int)reader.Integer("cyclic-buffer-chunks", d.CyclicBufferChunks, 1, 1_000_000),
            BytesPerSecond = reader.Rate("rate", d.BytesPerSecond),
            Hash = reader.Flag("hash", d.Hash),
        };
        reader.RefuseUnknownKeys();
        return options;
    }
}
