using Pcie.Control;
using Pcie.Control.Wire;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Statistics;

namespace Pcie.DriverModel.Study;

/// <summary>
/// What a run needs of the driver that it studies, whichever that is: the driver, how to empty what lies behind it, and its account.
/// </summary>
public interface IDriverUnderStudy
{
    FunctionDriver Driver { get; }

    /// <summary>How much has come through; rises as long as anything does.</summary>
    long Progress { get; }

    /// <summary>Whether nothing lies between driver and application.</summary>
    bool IsDrained { get; }

    /// <summary>How much has come to host memory, and the driver has not taken.</summary>
    long Untaken { get; }

    /// <summary>
    /// Offset in BAR 0 of the register that says whether the device has more to send; null if none does, and the end of a run waits for nothing.
    /// </summary>
    uint? ActivityRegister { get; }

    /// <summary>What that register says.</summary>
    DeviceActivity ActivityOf(uint value);

    /// <summary>For whoever looks while it runs: the DMA buffer, and what became of the chunks; null if there is none.</summary>
    RingState? Ring => null;

    /// <summary>The same: from a chunk's arrival to the end of its copying; null if nobody keeps that.</summary>
    LatencyHistogram? ArrivalToCopy => null;

    /// <summary>The same: the driver's counters.</summary>
    IEnumerable<KeyValuePair<string, long>> Counters => [];

    /// <summary>Has the device, which is started, produce no more; what it has produced still comes.</summary>
    void StopSource();

    /// <summary>What is missing for an account, for a person; null if the card says everything that it takes.</summary>
    /// <param name="card">Null if the card could not be asked.</param>
    string? MissingFrom(CardStatistics? card);

    /// <summary>
    /// The driver's figures: its own, whether they are accounted for, register reads of ISRs, and as events what it moved. The run fills in the rest.
    /// </summary>
    /// <param name="card">Null if the card could not be asked.</param>
    RunReport Report(WdfDevice device, CardStatistics? card);
}
