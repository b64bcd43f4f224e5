using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Time;

namespace Pcie.Emu.Listing;

/// <summary>
/// The TLPs of a recording in the order in which they were sent. Free-running, the file has them as frames came, and the stamps say the order;
/// the host's come first at equal times. By the wall clock it is the file's.
/// </summary>
internal static class SessionOrder
{
    /// <returns>Each is valid until the next.</returns>
    /// <exception cref="InvalidDataException">The recording is damaged; what came before has been returned.</exception>
    public static IEnumerable<RecordedTlp> Read(string path, SessionHead head)
    {
        if (head.Pacing == Pacing.WallClock)
        {
            using var all = new SessionCursor(path);
            while (all.MoveNext()) yield return all.Current;
            yield break;
        }
        // Each direction is in order, so that two readers need not keep anything.
        using var host = new SessionCursor(path, recorded => recorded.Direction == LinkDirection.HostToDevice);
        using var device = new SessionCursor(path, recorded => recorded.Direction == LinkDirection.DeviceToHost);
        var (h, d) = (host.MoveNext(), device.MoveNext());
        while (h || d)
        {
            if (h && (!d || host.Current.Tlp.SentAt <= device.Current.Tlp.SentAt))
            {
                yield return host.Current;
                h = host.MoveNext();
            }
            else
            {
                yield return device.Current;
                d = device.MoveNext();
            }
        }
    }
}
