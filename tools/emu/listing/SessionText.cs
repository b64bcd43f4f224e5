using System.Globalization;
using Pcie.Link.Recording;
using Pcie.Time;

namespace Pcie.Emu.Listing;

/// <summary>What is said of a recorded session as a whole.</summary>
internal static class SessionText
{
    /// <summary>Its head in a line, for a person.</summary>
    public static string Of(SessionHead head) => string.Create(CultureInfo.InvariantCulture,
        $"{(head.Note.Length > 0 ? $"{head.Note}: " : "")}{head.HostName} → {head.DeviceName} [{head.VendorId:x4}:{head.DeviceId:x4}], ")
        + (head.Pacing == Pacing.FreeRunning ? $"free-running, latency {head.Latency}" : "by the wall clock")
        + (head.PayloadKept < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {head.PayloadKept:#,0} bytes kept of a payload"));
}
