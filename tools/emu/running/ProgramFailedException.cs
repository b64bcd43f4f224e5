using Pcie.Program;

namespace Pcie.Emu.Running;

/// <summary>One of the two programs did not do its work. What was wrong it has said itself.</summary>
public sealed class ProgramFailedException(string program, int status)
    : Exception($"The program {program} ended with status {status}; its own message stands above.")
{
    /// <summary>What this program ends with in turn.</summary>
    public int Status => status switch
    {
        ExitStatus.Refused => ExitStatus.Refused,
        // By a signal for the whole group, SIGINT or SIGTERM, before it could report.
        128 + 2 or 128 + 15 => ExitStatus.Interrupted,
        _ => ExitStatus.Defect,
    };
}
