using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NLog;
using Pcie.Files;
using Pcie.Pci;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>An RTL card in a shared library: the nine functions of <c>rtl_card.h</c>, by function pointers.</summary>
/// <remarks>Calls allocate nothing.</remarks>
public sealed unsafe class RtlLibrary : IRtlModel
{
    /// <summary>RTL_ABI of the header that this was written for.</summary>
    public const uint Abi = 1;

    private const int Ok = 0, Idle = 1, Unfinished = 2, Refused = 3, Undecoded = 4, NoSuchPin = -2;
    private const int ValueBytes = 8;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly string path;
    private readonly RtlRequests requests;
    private readonly CallWatchdog watchdog;
    private readonly nint library;
    private readonly nint wave;
    private readonly GCHandle self;

    // What the library is given to write: a value, and the cycle; and to read: the bytes of an answer.
    private readonly GuardedBytes word = new(ValueBytes), cycle = new(ValueBytes), answer = new(RtlRequests.Longest);
    private readonly delegate* unmanaged[Cdecl]<nint, void> destroy;
    private readonly delegate* unmanaged[Cdecl]<nint, ulong*, int> reset, run;
    private readonly delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint*, ulong*, int> barRead;
    private readonly delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, ulong*, int> barWrite;
    private readonly delegate* unmanaged[Cdecl]<nint, uint, uint, byte*, uint, int> answered;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, uint, ulong*, int> pinCalled;
    private readonly nint card;

    // What was wrong in a request: an exception cannot pass through the library.
    private RtlException? broken;
    private string lastError = "";

    /// <param name="clockPicoseconds">Period of the card's clock.</param>
    /// <param name="wavePath">Where waveforms go; null for nowhere.</param>
    /// <param name="limit">How long a call may take.</param>
    /// <exception cref="RtlException">It cannot be loaded, is no RTL card of this version, or says that it cannot be made.</exception>
    public RtlLibrary(string path, RtlRequests requests, ulong clockPicoseconds, string? wavePath, TimeSpan limit)
    {
        (this.path, this.requests) = (path, requests);
        if (!File.Exists(path)) throw new RtlException($"{path}: there is no such file; expected a shared library, as build-card makes one.");
        watchdog = new CallWatchdog(path, limit);
        try
        {
            watchdog.Enter(NativeFunction.Loading);
            library = NativeLibrary.Load(Path.GetFullPath(path));
            watchdog.Leave();
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            watchdog.Dispose();
            throw new RtlException($"{path}: cannot be loaded as a shared library: {PrintableText.Of(e.Message)}");
        }
        try
        {
            var abi = (delegate* unmanaged[Cdecl]<uint>)Find(NativeFunction.Abi);
            var create = (delegate* unmanaged[Cdecl]<HostTable*, nint>)Find(NativeFunction.Create);
            destroy = (delegate* unmanaged[Cdecl]<nint, void>)Find(NativeFunction.Destroy);
            reset = (delegate* unmanaged[Cdecl]<nint, ulong*, int>)Find(NativeFunction.Reset);
            run = (delegate* unmanaged[Cdecl]<nint, ulong*, int>)Find(NativeFunction.Run);
            barRead = (delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint*, ulong*, int>)Find(NativeFunction.BarRead);
            barWrite = (delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, ulong*, int>)Find(NativeFunction.BarWrite);
            answered = (delegate* unmanaged[Cdecl]<nint, uint, uint, byte*, uint, int>)Find(NativeFunction.Answer);
            pinCalled = (delegate* unmanaged[Cdecl]<nint, byte*, uint, ulong*, int>)Find(NativeFunction.Pin);
            watchdog.Loaded((nint)abi);
            watchdog.Enter(NativeFunction.Abi);
            var version = abi();
            watchdog.Leave();
            if (version != Abi)
                throw new RtlException($"{path}: was compiled for version {version} of rtl_card.h; this emulator has {Abi}. Compile it anew.");
            self = GCHandle.Alloc(this);
            wave = wavePath is null ? 0 : Marshal.StringToCoTaskMemUTF8(wavePath);
            var host = new HostTable
            {
                Size = (uint)sizeof(HostTable), ClockPicoseconds = clockPicoseconds, Wave = wave, Context = GCHandle.ToIntPtr(self),
                Request = &OnRequest, Log = &OnLog,
            };
            watchdog.Enter(NativeFunction.Create);
            card = create(&host);
            watchdog.Leave();
            if (card == 0) throw new RtlException($"{path}: rtl_create made no card: {(lastError.Length > 0 ? lastError : "it did not say why")}.");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ulong Cycle { get; private set; }

    /// <inheritdoc/>
    public CompletionStatus LastAccess { get; private set; }

    /// <inheritdoc/>
    public void Reset()
    {
        watchdog.Enter(NativeFunction.Reset);
        Returned(NativeFunction.Reset, reset(card, CycleIn(Cycle)), takesCycles: true);
    }

    /// <inheritdoc/>
    public bool Run(ulong until)
    {
        watchdog.Enter(NativeFunction.Run);
        var status = run(card, CycleIn(until));
        Returned(NativeFunction.Run, status == Idle ? Ok : status, takesCycles: true);
        if (Cycle > until) throw Broke(NativeFunction.Run, $"ran to cycle {Cycle}; it may run to {until}");
        return status == Idle;
    }

    /// <inheritdoc/>
    public bool ReadBar(int bar, uint offset, byte byteEnables, out uint value)
    {
        watchdog.Enter(NativeFunction.BarRead);
        var status = barRead(card, (uint)bar, offset, byteEnables, (uint*)word.Start, CycleIn(Cycle));
        Accessed(NativeFunction.BarRead, status);
        value = *(uint*)word.Start;
        return status != Unfinished;
    }

    /// <inheritdoc/>
    public bool WriteBar(int bar, uint offset, uint value, byte byteEnables)
    {
        watchdog.Enter(NativeFunction.BarWrite);
        var status = barWrite(card, (uint)bar, offset, byteEnables, value, CycleIn(Cycle));
        Accessed(NativeFunction.BarWrite, status);
        return status != Unfinished;
    }

    /// <inheritdoc/>
    public void Answer(uint tag, RtlResult result, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(answer.Span);
        watchdog.Enter(NativeFunction.Answer);
        Returned(NativeFunction.Answer, answered(card, tag, (uint)result, answer.Start, (uint)bytes.Length), takesCycles: false);
    }

    /// <inheritdoc/>
    public bool TryReadPin(RtlPin pin, out ulong value)
    {
        var exists = Pin(pin, write: 0);
        value = *(ulong*)word.Start;
        return exists;
    }

    /// <inheritdoc/>
    public bool TrySetPin(RtlPin pin, ulong value)
    {
        *(ulong*)word.Start = value;
        return Pin(pin, write: 1);
    }

    public void Dispose()
    {
        if (card != 0 && broken is null)
        {
            watchdog.Enter(NativeFunction.Destroy);
            destroy(card);
            watchdog.Leave();
        }
        if (self.IsAllocated) self.Free();
        Marshal.FreeCoTaskMem(wave);
        // A library that has broken its contract may have threads or handlers of its own that are still about: it stays.
        if (broken is null)
        {
            watchdog.Enter(NativeFunction.Unloading);
            NativeLibrary.Free(library);
            watchdog.Leave();
        }
        watchdog.Dispose();
        word.Dispose();
        cycle.Dispose();
        answer.Dispose();
    }

    private bool Pin(RtlPin name, uint write)
    {
        fixed (byte* bytes = name.Bytes)
        {
            watchdog.Enter(NativeFunction.Pin);
            var status = pinCalled(card, bytes, write, (ulong*)word.Start);
            Returned(NativeFunction.Pin, status == NoSuchPin ? Ok : status, takesCycles: false);
            return status != NoSuchPin;
        }
    }

    private ulong* CycleIn(ulong at)
    {
        var place = (ulong*)cycle.Start;
        *place = at;
        return place;
    }

    private void Accessed(NativeFunction function, int status)
    {
        LastAccess = StatusOf(status);
        Returned(function, status is Unfinished or Refused or Undecoded ? Ok : status, takesCycles: true);
    }

    // After each call: what it said, what it asked, and what it has written to.
    private void Returned(NativeFunction function, int status, bool takesCycles)
    {
        watchdog.Leave();
        if (broken is not null) throw broken;
        if (!word.IsIntact || !cycle.IsIntact || !answer.IsIntact) throw Broke(function, "wrote beyond the end of a buffer that it was given");
        if (status != Ok)
            throw broken = new RtlException(
                $"{path}: {function} failed in "
                    + $"cycle {*(ulong*)cycle.Start}: {(lastError.Length > 0 ? lastError : $"it returned {status} and did not say why")}.");
        if (!takesCycles) return;
        var reached = *(ulong*)cycle.Start;
        if (reached < Cycle) throw Broke(function, $"went back to cycle {reached}; it had run to {Cycle}");
        Cycle = reached;
    }

    private RtlException Broke(NativeFunction function, string what) =>
        broken = new RtlException($"{path} broke the contract of rtl_card.h: {function} {what}. It is not called any more.");

    private nint Find(NativeFunction function) => NativeLibrary.TryGetExport(library, function.ToString(), out var address) ? address
        : throw new RtlException($"{path}: exports no {function}; expected the nine functions of rtl_card.h, with C linkage.");

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnRequest(nint context, ulong cycle, uint kind, ulong address, byte* bytes, uint length, uint tag)
    {
        var card = Of(context);
        if (card.broken is not null) return;
        try
        {
            // What is too long is refused before it is looked at.
            var request = new RtlRequest(cycle, (RtlRequestKind)kind, address, (int)Math.Min(length, int.MaxValue), tag);
            card.requests.Add(request, request.HasBytes && length <= RtlRequests.Longest ? new ReadOnlySpan<byte>(bytes, (int)length) : default);
        }
        catch (RtlException e)
        {
            card.broken = e;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(nint context, uint level, byte* text)
    {
        var card = Of(context);
        var sentence = PrintableText.Of(Marshal.PtrToStringUTF8((nint)text) ?? "").TrimEnd();
        if (level >= 2) card.lastError = sentence.TrimEnd('.');
        Log.Log(level switch { 0 => LogLevel.Info, 1 => LogLevel.Warn, _ => LogLevel.Error }, "{0}: {1}", card.path, sentence);
    }

    /// <summary>What a status of an access is to the bus.</summary>
    internal static CompletionStatus StatusOf(int status) => status switch
    {
        Refused => CompletionStatus.CompleterAbort,
        Undecoded => CompletionStatus.UnsupportedRequest,
        _ => CompletionStatus.Successful,
    };

    private static RtlLibrary Of(nint context) => (RtlLibrary)GCHandle.FromIntPtr(context).Target!;

    // rtl_host of rtl_card.h.
    private struct HostTable
    {
        public uint Size;
        public uint Reserved;
        public ulong ClockPicoseconds;
        public nint Wave;
        public nint Context;
        public delegate* unmanaged[Cdecl]<nint, ulong, uint, ulong, byte*, uint, uint, void> Request;
        public delegate* unmanaged[Cdecl]<nint, uint, byte*, void> Log;
    }
}
