using System.Buffers.Binary;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Foreign;

/// <summary>What a foreign function has of its link: the time, and requests of its own. On the engine's thread only.</summary>
public sealed class ForeignPort
{
    // As PCI Express devices have it by themselves (PCI Express Base Specification 7.5.3.16); by the wall clock a busy machine answers late.
    private static readonly Duration CompletionTimeout = Duration.FromMilliseconds(50), Patience = Duration.FromSeconds(5);

    private readonly DeviceSession session;
    private readonly Requester requester;
    private readonly Action<string> fail;

    internal ForeignPort(Timeline timeline, DeviceSession session, Action<string> fail)
    {
        (Timeline, this.session, this.fail) = (timeline, session, fail);
        requester = new Requester(timeline, session, session.Pacing == Pacing.WallClock ? Patience : CompletionTimeout);
        Work = new WorkQueue(e => fail(e is IOException ? e.Message : $"The link to the device failed, which is a defect: {e}"));
    }

    public Timeline Timeline { get; }

    /// <inheritdoc cref="DeviceSession.Horizon"/>
    public SimTime Horizon => session.Horizon;

    /// <inheritdoc cref="DeviceSession.HorizonOnceSpoken"/>
    public SimTime HorizonOnceSpoken => session.HorizonOnceSpoken;

    /// <inheritdoc cref="LinkSession.ClockTime"/>
    public SimTime ClockTime => session.ClockTime;

    public Pacing Pacing => session.Pacing;

    internal WorkQueue Work { get; }

    /// <summary>Does something with the function when what was begun before is done.</summary>
    public void Begin(Func<ValueTask> work) => Work.Add(work);

    /// <summary>Messages sent.</summary>
    internal long Messages { get; private set; }

    /// <summary>The function sends a message, now, behind everything that it has sent.</summary>
    public void SendMessage(ulong address, uint data)
    {
        Messages++;
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, data);
        Write(address, bytes);
    }

    /// <summary>The function writes host memory: now, behind everything that it has sent.</summary>
    /// <param name="address">Of the first byte.</param>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        var tlp = Tlp.Request(TlpKind.MemoryWrite, address, bytes.Length);
        Span<byte> payload = tlp.Length <= 256 ? stackalloc byte[tlp.Length] : new byte[tlp.Length];
        payload.Clear();
        bytes.CopyTo(payload[(int)(address & 3)..]);
        session.Send(tlp, payload);
    }

    /// <summary>The function reads host memory, now.</summary>
    /// <param name="address">Of the first byte.</param>
    /// <param name="completer">Gets the DWs that hold them; one request at a time.</param>
    public void Read(ulong address, int count, IRequestCompleter completer) =>
        requester.TrySend(Tlp.Request(TlpKind.MemoryRead, address, count), default, completer, 0);

    /// <summary>The function is gone, or does what it must not: the link ends.</summary>
    /// <param name="why">What happened and what to do, for a person.</param>
    public void Fail(string why) => fail(why);

    internal void Complete(in Tlp completion, ReadOnlySpan<byte> payload) => requester.Complete(completion, payload);

    internal void Send(in Tlp completion, ReadOnlySpan<byte> payload) => session.Send(completion, payload);
}
