using Pcie.Program;

namespace Pcie.Emu.Running;

/// <summary>One of the two programs did not do its work. What was wrong it has said itself.</summary>
public sealed class ProgramFailedException(string program, int status)
    : Exception($"The program {program} ended with status {status}; its own message stands above.")
{
    /// <summary>What this program ends with in turn.</summary>
    public int Status => status is ExitStatus.Refused ? ExitStatus.Refused : ExitStatus.Defect;
}
