using Pcie.Control;

namespace Pcie.DriverModel.Run;

/// <summary>What a run knows of a card beyond the bus.</summary>
/// <param name="Name">What the report says the link was.</param>
/// <param name="AskCard">Asked once when the run has ended and the card still is attached; null if it does not answer.</param>
public readonly record struct RunLink(string Name, Func<CardStatistics?> AskCard);
