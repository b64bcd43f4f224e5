namespace Pcie.Campaign.Units;

/// <summary>Runs units; from any number of threads at once.</summary>
public interface IUnitRunner
{
    /// <summary>Of the program, to the build: what another one comes to may be something else.</summary>
    string Version { get; }

    /// <summary>Runs one unit on this thread.</summary>
    /// <param name="text">The content's text.</param>
    /// <param name="folder">Where the files are that it names.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    UnitOutcome Run(string text, string folder, ulong seed, CancellationToken cancellation);
}
