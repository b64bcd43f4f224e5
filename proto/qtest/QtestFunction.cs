using System.Globalization;
using Pcie.Foreign;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Pci.Memory;
using Pcie.Time;

namespace Pcie.Qtest;

/// <summary>
/// A device of QEMU's: accesses are commands of qtest, its requests come through the window, and its clock follows the link's timeline.
/// <code>
/// host ── link ── ForeignDevice ── this ── SubstitutedMessages ── qtest ══ QEMU: device
///                     └──────────── this ──────────────────────── window ══╝
/// </code>
/// </summary>
/// <remarks>
/// Free-running, QEMU is stepped to where something unknown may come, or to the device's next deadline, whichever is first; what the device does
/// there is sent by an event of that time. A timer of QEMU's own (HPET) is the barrier. When QEMU reads host memory it stands still until the host's
/// completion has come over the link, and what the host asks meanwhile waits.
/// </remarks>
internal sealed class QtestFunction : IWaitingFunction, ITimelineTarget, IRequestCompleter
{
    // Where ECAM is put, by the register PCIEXBAR of q35's host bridge.
    private const ulong Ecam = 0xB000_0000;

    /// <summary>Of the device under test, and of the window.</summary>
    public const int FunctionSlot = 4, WindowSlot = 5;

    // HPET (IA-PC HPET 1.0a, 2.3): it counts from now on; timer 0 may interrupt; its comparator. A tick is 10 ns.
    private const ulong HpetConfiguration = 0xFED0_0010, HpetTimer = 0xFED0_0100, HpetComparator = 0xFED0_0108;
    private const long HpetTick = 10;

    // What QEMU's clock is when the link's is zero (ns); and what it is before.
    private const long Origin = 1_000_000, BeforeOrigin = 999_983;

    // By the wall clock QEMU is looked at so often, and its clock set; along with a command, which costs least, sooner. Also free-running, where
    // nothing is known to come: some time has to pass.
    private static readonly Duration Look = Duration.FromMicroseconds(200), LookAlong = Duration.FromMicroseconds(100),
        Quantum = Duration.FromMicroseconds(1);

    // Where QEMU's clock cannot be seen, a read in a step is taken to be at its end.
    private static readonly Duration LongestBlindStep = Duration.FromMicroseconds(100);

    private static readonly TimeSpan WaitStep = TimeSpan.FromSeconds(1), RestStep = TimeSpan.FromMilliseconds(0.02),
        LookStep = TimeSpan.FromMicroseconds(200);

    // QEMU mostly answers, and then goes to sleep, at once: a wait of the system's takes longer than these looks.
    private const int ImpatientLooks = 20;

    private readonly ForeignPort port;
    private readonly QtestSocket qtest;
    private readonly IHostWindow window;
    private readonly IQemu qemu;
    private readonly NbdDisk? disk;
    private readonly bool isLed;
    private readonly SubstitutedMessages messages;
    private readonly TimelineEvent next;
    private readonly DeviceSpeech speech;
    private readonly BriefYield yields = new();

    // Where QEMU's clock stands, and whether it is moving.
    private SimTime time, stepEnd;
    private bool isStepping;

    // What goes with the next command, before and behind it; how many answers come behind that command's own, and whether those end the step.
    private string before = "", behind = "";
    private int answersBehind;
    private bool isStepBehind;

    // What QEMU is expected to do next, and what it waits for itself.
    private TaskCompletionSource<ulong>? waiting;
    private bool awaitsRest;
    private Tlp? held;
    private ulong answer;
    private int answersLeft;

    /// <param name="disk">Which the device has here; null for none.</param>
    /// <param name="isLed">Whether QEMU's clock can be set; else it goes by the wall clock, by itself.</param>
    public QtestFunction(ForeignPort port, QtestSocket qtest, IHostWindow window, IQemu qemu, NbdDisk? disk = null, bool isLed = true)
    {
        (this.port, this.qtest, this.window, this.qemu, this.disk, this.isLed) = (port, qtest, window, qemu, disk, isLed);
        messages = new SubstitutedMessages(new Registers(this), window.Messages);
        speech = new DeviceSpeech(port, messages, this, GoOn);
        next = port.Timeline.CreateEvent(this);
        port.Begin(SetUpAsync);
    }

    /// <inheritdoc/>
    public IHostMemoryBacking? Memory => window.Memory;

    /// <summary>Options of QEMU: a machine in which nothing but the device has deadlines.</summary>
    /// <param name="device">As its option -device has it.</param>
    public static IEnumerable<string> Options(string device, string qtestSocket, string windowSocket) =>
    [
        "-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35,accel=qtest,pit=off", "-m", "8M", "-run-with", "exit-with-parent=on",
        "-qtest", $"unix:{qtestSocket}", "-qtest-log", "none", "-device", DmaWindow.Option(windowSocket, WindowSlot).Trim(),
        "-device", string.Create(CultureInfo.InvariantCulture, $"{device},addr={FunctionSlot:x}.0"),
    ];

    /// <inheritdoc/>
    public async ValueTask<ulong> ReadAsync(ForeignAccess access)
    {
        CatchUpWithNext();
        if (access.IsLast && !messages.Concern(access)) StepBehindNext();
        return await messages.ReadAsync(access).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ForeignAccess access, ulong value)
    {
        CatchUpWithNext();
        await messages.WriteAsync(access, value).ConfigureAwait(false);
        await RestAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout)
    {
        // Its clock is set by an event, which is looked for after each wait.
        if (timeout != TimeSpan.Zero) window.Wait(timeout < TimeSpan.Zero || timeout > LookStep ? LookStep : timeout);
        if (held is null && waiting is null) TakeAll();
    }

    /// <inheritdoc/>
    public void Wake()
    {
        // It never waits for long.
    }

    public void Dispose()
    {
        qemu.Dispose();
        window.Dispose();
        qtest.Dispose();
        disk?.Dispose();
    }

    void ITimelineTarget.Due(int tag)
    {
        speech.MakeDue();
        if (isStepping && !isStepBehind || speech.Next is not null) GoOn();
        else port.Begin(StepAsync);
    }

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes)
    {
        var read = held!.Value;
        held = null;
        try
        {
            window.Answer(read, outcome == RequestOutcome.Successful ? bytes : default);
            qtest.Resume();
            if (waiting is { } resumed && HasCome())
            {
                waiting = null;
                resumed.SetResult(answer);
            }
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    // Nothing of this waits for the host: no device is enabled.
    private async ValueTask SetUpAsync()
    {
        await AskAsync("endianness").ConfigureAwait(false);
        await AskAsync("outl 0xcf8 0x80000060").ConfigureAwait(false);
        await AskAsync($"outl 0xcfc 0x{Ecam | 1:x}").ConfigureAwait(false);
        foreach (var (offset, value) in window.Placement)
            await AskAsync($"writel 0x{Ecam + (WindowSlot << 15) + (ulong)offset:x} 0x{value:x}").ConfigureAwait(false);
        if (isLed) await SetUpClockAsync().ConfigureAwait(false);
        await messages.FindAsync().ConfigureAwait(false);
        next.Schedule(port.Timeline.Now);
    }

    private async ValueTask SetUpClockAsync()
    {
        foreach (var mark in (long[])[BeforeOrigin, Origin])
        {
            await AskAsync($"clock_set {mark}").ConfigureAwait(false);
            qemu.ClockIsAt(mark);
        }
        // It counts from Origin on.
        await AskAsync($"writeq 0x{HpetConfiguration:x} 1").ConfigureAwait(false);
        await AskAsync($"writeq 0x{HpetTimer:x} 4").ConfigureAwait(false);
    }

    // Before the next command and with it, without waiting for the clock alone: what the device does on the way, it does now.
    private void CatchUpWithNext()
    {
        if (!isLed || time >= port.Timeline.Now) return;
        if (port.Pacing == Pacing.WallClock && port.Timeline.Now < time + LookAlong) return;
        time = port.Timeline.Now;
        before = SetTo(time) + "\n";
    }

    // Behind the next command and with it, without waiting for its answer: the host waits for that, and the time until it can ask for more is known.
    private void StepBehindNext()
    {
        if (port.Pacing == Pacing.WallClock || !qemu.ShowsClock || time != port.Timeline.Now || speech.Next is not null) return;
        next.Cancel();
        var known = SimTime.Min(port.HorizonOnceSpoken, port.Timeline.NextDue);
        next.Schedule(time);
        if (!CanBar(known)) return;
        behind = "\n" + BarredStepTo(known);
        (isStepping, isStepBehind, stepEnd) = (true, true, known);
    }

    private async ValueTask StepAsync()
    {
        var now = port.Timeline.Now;
        if (port.Pacing == Pacing.WallClock)
        {
            // A side that has fallen behind brings the clock up to date once.
            var due = SimTime.Max(now, port.ClockTime);
            TakeAll();
            if (isLed && due >= time + Look) SetClock(due);
            next.Schedule(SimTime.Max(port.Timeline.Now, isLed ? time : due) + Look);
            return;
        }
        if (isStepBehind)
        {
            isStepBehind = false;
            await EndStepAsync(await ComeAsync(TakeBehind()).ConfigureAwait(false)).ConfigureAwait(false);
            GoOn();
            return;
        }
        var known = SimTime.Min(port.Horizon > now ? port.Horizon : now + Quantum, port.Timeline.NextDue);
        if (!qemu.ShowsClock) known = SimTime.Min(known, time + LongestBlindStep);
        if (known > time)
        {
            (isStepping, stepEnd) = (true, known);
            var reached = CanBar(known) ? AskAsync(BarredStepTo(known), 2) : AskAsync(SetTo(known));
            await EndStepAsync(await reached.ConfigureAwait(false)).ConfigureAwait(false);
        }
        GoOn();
    }

    // By the wall clock, which nobody waits for.
    private void SetClock(SimTime to)
    {
        try
        {
            while (answersBehind > 0 && qtest.TryTake(out _)) answersBehind--;
        }
        catch (QemuGoneException)
        {
            throw new IOException(qemu.WhyGone());
        }
        if (answersBehind == 0)
        {
            Send(SetTo(to));
            (time, answersBehind) = (to, 1);
        }
        else if (held is null)
        {
            qtest.CheckPatience();
        }
    }

    private bool CanBar(SimTime to) => to.Nanoseconds / HpetTick * HpetTick > time.Nanoseconds;

    // QEMU runs to there, or to the device's next deadline if that is earlier.
    private static string BarredStepTo(SimTime to) =>
        string.Create(CultureInfo.InvariantCulture, $"writeq 0x{HpetComparator:x} {to.Nanoseconds / HpetTick}\nclock_step");

    private static string SetTo(SimTime to) => string.Create(CultureInfo.InvariantCulture, $"clock_set {Origin + to.Nanoseconds}");

    private async ValueTask EndStepAsync(ulong reached)
    {
        var now = new SimTime((long)reached - Origin);
        if (now <= time || now > stepEnd)
            throw new IOException($"QEMU's clock was to go from {time} to {stepEnd} at the most, and is at {now}: this QEMU's cannot be led. Use the "
                + "one that emu guest --prepare fetches.");
        time = now;
        await RestAsync().ConfigureAwait(false);
        isStepping = false;
    }

    private void GoOn()
    {
        if (speech.Next is { } due) next.Schedule(due);
        else if (!isStepping) next.Schedule(SimTime.Max(port.Timeline.Now, time));
    }

    private async ValueTask<ulong> AskAsync(string lines, int answers = 1)
    {
        var come = TakeBehind() + (before.Length == 0 ? answers : answers + 1);
        Send(before + lines + behind);
        if (behind.Length > 0) answersBehind = 2;
        before = behind = "";
        return await ComeAsync(come).ConfigureAwait(false);
    }

    private void Send(string lines)
    {
        try
        {
            qtest.Send(lines);
        }
        catch (QemuGoneException)
        {
            throw new IOException(qemu.WhyGone());
        }
    }

    private int TakeBehind()
    {
        var answers = answersBehind;
        answersBehind = 0;
        return answers;
    }

    // Until none of QEMU's threads does anything: what a write has set off is over, and its messages are here. By the wall clock it takes the time
    // that it takes, and is found when QEMU is looked at.
    private async ValueTask RestAsync()
    {
        if (port.Pacing == Pacing.WallClock) return;
        awaitsRest = true;
        await ComeAsync().ConfigureAwait(false);
    }

    private ValueTask<ulong> ComeAsync(int answers)
    {
        awaitsRest = false;
        answersLeft = answers;
        return ComeAsync();
    }

    private ValueTask<ulong> ComeAsync()
    {
        if (HasCome()) return new ValueTask<ulong>(answer);
        waiting = new TaskCompletionSource<ulong>();
        return new ValueTask<ulong>(waiting.Task);
    }

    /// <returns>False if QEMU waits for host memory first.</returns>
    private bool HasCome()
    {
        try
        {
            if (awaitsRest ? !HasRested() : !HasAnswered()) return false;
            speech.Release();
            return true;
        }
        catch (QemuGoneException)
        {
            throw new IOException(qemu.WhyGone());
        }
    }

    // While QEMU's thread that answers waits for something of ours, no answer comes: what has come here without one is before it, and else behind.
    private bool HasAnswered()
    {
        for (var looks = 0; held is null; looks++)
        {
            if (TryTakeAnswer()) return true;
            if (looks < ImpatientLooks && yields.Try()) continue;
            var hasCome = window.Wait(disk is null ? WaitStep : LookStep);
            if (TryTakeAnswer()) return true;
            if (hasCome) TakeNext();
            else if (!ServesDisk()) qtest.CheckPatience();
        }
        return false;
    }

    private bool HasRested()
    {
        for (var looks = 0; held is null; looks++)
        {
            if (qemu.IsAtRest && !window.HasMore)
            {
                if (disk is not { HasMore: true }) return true;
                // One at a time, so that what is done with it is over before the next.
                if (disk.AnswerNext()) looks = 0;
            }
            if (TakeNext() || (looks < ImpatientLooks && yields.Try())) continue;
            if (!window.Wait(RestStep) && !qemu.IsAtRest) qtest.CheckPatience();
        }
        return false;
    }

    // An access may wait for the disk: a controller that is switched off writes out what it has. Then QEMU rests, and has not answered.
    private bool ServesDisk() => disk is { HasMore: true } && qemu.IsAtRest && !window.HasMore && !qtest.HasMore && disk.AnswerNext();

    private bool TakeNext()
    {
        if (!window.TryTake(out var transaction)) return false;
        if (transaction.Kind == TlpKind.MemoryRead) held = transaction;
        speech.Take(transaction, window.PayloadOf(transaction), TimeOfSpeech);
        return true;
    }

    // Nothing is asked: that QEMU has gone is found all the same.
    private void TakeAll()
    {
        try
        {
            while (held is null && (TakeNext() || disk?.AnswerNext() == true))
            {
                // And what is behind it.
            }
            speech.Release();
        }
        catch (IOException e)
        {
            Fail(e is QemuGoneException ? new IOException(qemu.WhyGone()) : e);
        }
    }

    private bool TryTakeAnswer()
    {
        while (answersLeft > 0 && qtest.TryTake(out answer)) answersLeft--;
        return answersLeft == 0;
    }

    private SimTime TimeOfSpeech => !isStepping || port.Pacing == Pacing.WallClock ? port.Timeline.Now
        : SimTime.Max(port.Timeline.Now, qemu.Clock is { } clock ? new SimTime(clock - Origin) : stepEnd);

    private void Fail(IOException e)
    {
        if (waiting is { } failed)
        {
            waiting = null;
            failed.SetException(e);
        }
        else
        {
            port.Fail(e.Message);
        }
    }

    // The device's registers as they are.
    private sealed class Registers(QtestFunction function) : IForeignFunction
    {
        public async ValueTask<ulong> ReadAsync(ForeignAccess access)
        {
            var value = await function.AskAsync($"read{Suffix(access.Bytes)} 0x{PlaceOf(access):x}").ConfigureAwait(false);
            return access.Bytes == sizeof(ulong) ? value : value & ((1UL << 8 * access.Bytes) - 1);
        }

        public async ValueTask WriteAsync(ForeignAccess access, ulong value)
        {
            if (access.Bytes < sizeof(ulong)) value &= (1UL << 8 * access.Bytes) - 1;
            await function.AskAsync($"write{Suffix(access.Bytes)} 0x{PlaceOf(access):x} 0x{value:x}").ConfigureAwait(false);
        }

        public void Dispose()
        {
            // The function has what is to be disposed of.
        }

        private static ulong PlaceOf(in ForeignAccess access) => access.IsConfig ? Ecam + (FunctionSlot << 15) + access.Offset : access.Address;

        private static char Suffix(int bytes) => bytes switch { 1 => 'b', 2 => 'w', 4 => 'l', _ => 'q' };
    }
}
