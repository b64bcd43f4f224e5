namespace Pcie.Foreign;

/// <summary>
/// A foreign function whose accesses are over when they return, so that by the wall clock the host's own thread makes them; while that one has
/// nothing else to do, it waits here for what the function does by itself.
/// </summary>
public interface IWaitingFunction : IForeignFunction
{
    /// <summary>Waits until the function has done something, or <see cref="Wake"/>.</summary>
    /// <param name="timeout">Negative: without an end; zero: not at all.</param>
    void Wait(TimeSpan timeout);

    /// <summary>Ends a wait, from any thread.</summary>
    void Wake();
}
