using Pcie.Emulator.Function.Capabilities;
using Pcie.Emulator.Function.Configuration;
using Pcie.Pci;

namespace Pcie.Emulator.Function;

/// <summary>
/// What an error leaves behind: bits in Status, Device Status and AER, by the flow of PCI Express Base Specification 6.2.5. The
/// link carries no error messages; those that silicon would send are counted.
/// </summary>
internal sealed class ErrorReporting(ConfigurationSpace space, FunctionCounters counters)
{
    private readonly ConfigHeader header = space.Header;
    private readonly ExpressCapability express = space.Express;
    private readonly AdvancedErrors advanced = space.AdvancedErrors;

    /// <summary>An error was detected in a packet that came, or in waiting for one.</summary>
    /// <param name="packet">The packet; of no meaning for a completion timeout.</param>
    public void Detected(FunctionError error, in Tlp packet)
    {
        // 7.5.1.1.4: for posted and non-posted requests alike.
        if (error == FunctionError.CompleterAbort) header.Record(StatusError.SignaledTargetAbort);
        if (error == FunctionError.UnsupportedRequest) express.Record(DeviceError.UnsupportedRequest);
        if (IsAdvisory(error, packet)) DetectedAdvisory(error, packet);
        else DetectedUncorrectable(error, packet);
    }

    /// <summary>A read of ours was refused at the other end. That end reports it; here it is in Status.</summary>
    public void ReadRefused(CompletionStatus status) => header.Record(
        status == CompletionStatus.UnsupportedRequest ? StatusError.ReceivedMasterAbort : StatusError.ReceivedTargetAbort);

    private void DetectedAdvisory(FunctionError error, in Tlp packet)
    {
        express.Record(DeviceError.Correctable);
        if (advanced.RecordAdvisory(error, packet) && IsReportable(error) && express.Reports(ReportEnable.Correctable))
            counters.CorrectableErrorMessages++;
    }

    private void DetectedUncorrectable(FunctionError error, in Tlp packet)
    {
        var isFatal = advanced.IsFatal(error);
        express.Record(isFatal ? DeviceError.Fatal : DeviceError.NonFatal);
        if (!advanced.Record(error, packet)) return;
        // 6.2.6: either enable is enough, but an unsupported request has one of its own, which SERR# Enable overrules too.
        var enabled = header.ReportsSystemErrors
            || IsReportable(error) && express.Reports(isFatal ? ReportEnable.Fatal : ReportEnable.NonFatal);
        if (!enabled) return;
        if (header.ReportsSystemErrors) header.Record(StatusError.SignaledSystemError);
        if (isFatal) counters.FatalErrorMessages++;
        else counters.NonFatalErrorMessages++;
    }

    private bool IsReportable(FunctionError error) =>
        error != FunctionError.UnsupportedRequest || express.Reports(ReportEnable.UnsupportedRequest);

    // 6.2.3.2.4: who sends a completion that says no leaves the judgement to who asked; and nobody is hurt by an unexpected
    // completion.
    private bool IsAdvisory(FunctionError error, in Tlp packet) => !advanced.IsFatal(error) && error switch
    {
        FunctionError.UnexpectedCompletion => true,
        FunctionError.UnsupportedRequest or FunctionError.CompleterAbort => packet.IsNonPosted,
        _ => false,
    };
}
