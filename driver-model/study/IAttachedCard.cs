using Pcie.Control;
using Pcie.Link;
using Pcie.Trace;

namespace Pcie.DriverModel.Study;

/// <summary>A card that this host is attached to, over a link or in this process. Disposing of it ends the session.</summary>
public interface IAttachedCard : IDisposable
{
    /// <summary>Who it says it is.</summary>
    (string Name, ushort VendorId, ushort DeviceId) Identity { get; }

    /// <summary>The host's end.</summary>
    ILinkTransport Transport { get; }

    /// <summary>What the report calls the link.</summary>
    string Link { get; }

    /// <summary>What completes the account of a run; null if the card does not answer.</summary>
    CardStatistics? GetStatistics();

    /// <summary>The card's trace of this session; null if it does not answer or does not record. The caller disposes of it.</summary>
    TraceSpool? GetTrace();
}
