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

    public static int Of(bool asExpected) => asExpected ? Done : Unexpected;
}
