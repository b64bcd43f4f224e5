using System.Diagnostics;
using Pcie.Pci;
using Pcie.VfioUser.Messages;

namespace Pcie.VfioUser;

/// <summary>
/// The client's command that waits for completions of the card; the client's next one waits for it. What is not answered in time reads as all ones,
/// as it does behind a root port.
/// </summary>
/// <remarks>Allocates nothing.</remarks>
/// <param name="patience">How long the card may take to answer.</param>
internal sealed class PendingCommand(TimeSpan patience)
{
    // Of ten bits (PCI Express Base Specification 2.2.6.2).
    private const int Tags = 1024;

    private readonly byte[] data = new byte[RegionAccess.MaxCount + 2 * sizeof(uint)];
    private readonly bool[] answered = new bool[Tags];
    private int firstTag, requests;
    private int waiting;
    private long began;

    /// <summary>Whether there is one.</summary>
    public bool IsPending => waiting > 0;

    public MessageHeader Header { get; private set; }

    /// <summary>A read or write of a region.</summary>
    public RegionAccess Access { get; private set; }

    /// <summary>How long the card has left to answer.</summary>
    public TimeSpan Left => patience - Stopwatch.GetElapsedTime(began);

    /// <summary>What was read, from the first byte that was asked for.</summary>
    public ReadOnlySpan<byte> Data => data.AsSpan((int)(Access.Offset & 3), Access.Count);

    /// <summary>What was read, DW by DW.</summary>
    public ReadOnlySpan<byte> Words => data;

    public void Begin(in MessageHeader header, in RegionAccess access = default)
    {
        (Header, Access) = (header, access);
        firstTag = (firstTag + requests) % Tags;
        requests = 0;
        waiting = 0;
        began = Stopwatch.GetTimestamp();
        data.AsSpan(0, Math.Min(data.Length, access.Count + 2 * sizeof(uint))).Fill(0xFF);
    }

    /// <summary>The tag of a further request.</summary>
    public ushort NextTag()
    {
        answered[requests] = false;
        waiting++;
        return (ushort)((firstTag + requests++) % Tags);
    }

    /// <summary>Takes a completion.</summary>
    /// <returns>False if nothing waits for it.</returns>
    public bool Complete(in Tlp completion, ReadOnlySpan<byte> payload)
    {
        var index = (completion.Tag - firstTag + Tags) % Tags;
        if (!IsPending || index >= requests || answered[index] || payload.Length > data.Length - 4 * index) return false;
        answered[index] = true;
        waiting--;
        payload.CopyTo(data.AsSpan(4 * index));
        return true;
    }

    /// <summary>Nobody waits any longer.</summary>
    /// <returns>Requests without an answer.</returns>
    public int GiveUp()
    {
        var unanswered = waiting;
        waiting = 0;
        return unanswered;
    }
}
