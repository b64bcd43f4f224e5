using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Report;
using Pcie.Trace;

namespace Pcie.Emu.WhatIf;

/// <summary>A design beside the same with changes, run over the same seeds.</summary>
internal interface IWhatIf
{
    /// <summary>What the runs are, for a person.</summary>
    string Task { get; }

    /// <summary>How much is done, 0 to 1; from any thread.</summary>
    double Progress { get; }

    /// <summary>The design as it is with the first seed, once it has run: its report, and what explains it.</summary>
    (RunReport Report, TraceRecording Flight)? First { get; }

    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    Comparison Execute(CancellationToken cancellation);
}
