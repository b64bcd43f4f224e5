namespace Pcie.Emulator.Faults;

/// <summary>What can be made to go wrong. The numbers are those of the trace, the names those of a scenario and of the control service.</summary>
public enum FaultKind
{
    /// <summary>The host's next reads of a BAR are answered with an error status.</summary>
    CompletionError = 1,

    /// <summary>The host's next reads of a BAR are never answered.</summary>
    NoCompletion = 2,

    /// <summary>The card's next reads of host memory end with an error status.</summary>
    DmaReadError = 3,

    /// <summary>The next messages leave later.</summary>
    MsiDelayed = 4,

    /// <summary>The next messages leave twice.</summary>
    MsiDuplicated = 5,

    /// <summary>The next messages never leave.</summary>
    MsiDropped = 6,

    /// <summary>A bit of the next writes of data to host memory is wrong.</summary>
    CorruptedPayload = 7,

    /// <summary>The source makes nothing for a time.</summary>
    SourceStall = 8,

    /// <summary>The source makes several chunks at once.</summary>
    SourceBurst = 9,

    /// <summary>The function is reset in the middle of its next write of data, as by a function-level reset from elsewhere.</summary>
    FunctionReset = 10,

    /// <summary>The link goes down for a time. The function is reset by it.</summary>
    LinkDown = 11,

    /// <summary>The card is pulled out: the link goes down and does not come back.</summary>
    SurpriseRemoval = 12,
}
