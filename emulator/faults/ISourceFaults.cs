using Pcie.Time;

namespace Pcie.Emulator.Faults;

/// <summary>A card with a source of data that can be made to misbehave.</summary>
public interface ISourceFaults
{
    /// <summary>The source makes nothing for a time, and goes on as if that had not been.</summary>
    void StallSource(Duration time);

    /// <summary>The source makes chunks now, out of turn.</summary>
    void Burst(int chunks);
}
