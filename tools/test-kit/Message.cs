using Pcie.Time;

namespace Pcie.TestKit;

/// <summary>An MSI or MSI-X message that reached the host.</summary>
/// <param name="Number">Which one, counted from the first that the bench programmed. Negative or above the grant: the device made it up.</param>
/// <param name="Data">What it wrote.</param>
/// <param name="At">When it arrived.</param>
public readonly record struct Message(int Number, uint Data, SimTime At);
