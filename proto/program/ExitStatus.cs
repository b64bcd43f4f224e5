namespace Pcie.Program;

/// <summary>Exit status of every program.</summary>
public static class ExitStatus
{
    /// <summary>Done, and as expected.</summary>
    public const int Done = 0;

    /// <summary>A defect of ours, which was logged with its stack.</summary>
    public const int Defect = 1;

    /// <summary>Wrong usage, a refused file, or nobody there.</summary>
    public const int Refused = 2;

    /// <summary>Done, but not as expected.</summary>
    public const int Unexpected = 3;

    /// <summary>Done, but something that was asked for could not be had, such as the card's counters; the report names it.</summary>
    public const int Incomplete = 4;

    /// <summary>Interrupted before it was done; the report is of what there was until then.</summary>
    public const int Interrupted = 5;

    /// <summary>All of them in a line, for a person.</summary>
    public const string Meaning = "0 done, as expected; 1 a defect of ours; 2 refused, or nobody there; 3 not as expected; 4 something is "
        + "missing; 5 interrupted.";

    public static int Of(bool asExpected) => asExpected ? Done : Unexpected;
}
