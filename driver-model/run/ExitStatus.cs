using Pcie.Program;

namespace Pcie.DriverModel.Run;

/// <summary>Exit status of the programs.</summary>
public static class ExitStatus
{
    /// <summary>Done, and as expected.</summary>
    public const int Success = 0;

    /// <summary>A defect of ours.</summary>
    public const int Defect = ProgramCommand.Defect;

    /// <summary>Wrong usage, a refused file, or nobody there.</summary>
    public const int Usage = ProgramCommand.Refused;

    /// <summary>The run's expectations failed.</summary>
    public const int Unexpected = 3;

    public static int Of(RunReport report) => report.Expect.Passed ? Success : Unexpected;
}
