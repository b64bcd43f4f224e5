using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Recording;

/// <summary>What a whole session recording amounts to. To have one is to know that the recording can be read to its end.</summary>
/// <param name="Requests">TLPs of the host.</param>
/// <param name="Speech">TLPs of the device.</param>
/// <param name="Payload">Bytes of payload that crossed the link, kept or not.</param>
/// <param name="Last">Time of the last TLP.</param>
/// <param name="EndOfRun">When a free-running run ended; null if the session ended without that.</param>
/// <param name="Down">How the session ended.</param>
/// <param name="IsCut">Whether the recording had its limit before that.</param>
public sealed record SessionSummary(
    SessionHead Head, long Requests, long Speech, long Payload, SimTime Last, SimTime? EndOfRun, LinkDown Down, bool IsCut)
{
    /// <exception cref="InvalidDataException">The recording is damaged; the text says where.</exception>
    public static SessionSummary Of(string path)
    {
        using var reader = SessionReader.Open(path);
        var (count, payload, last) = (new long[2], 0L, SimTime.Zero);
        while (reader.TryRead(out var recorded))
        {
            count[(int)recorded.Direction]++;
            if (recorded.Tlp.HasPayload) payload += recorded.Tlp.Length;
            last = SimTime.Max(last, recorded.Tlp.SentAt);
        }
        return new SessionSummary(reader.Head, count[(int)LinkDirection.HostToDevice], count[(int)LinkDirection.DeviceToHost],
            payload, last, reader.EndOfRun, reader.Down!, reader.IsCut);
    }
}
