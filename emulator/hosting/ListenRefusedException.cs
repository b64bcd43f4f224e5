namespace Pcie.Emulator.Hosting;

/// <summary>The emulator will not or cannot listen there. The text says why and what to do.</summary>
public sealed class ListenRefusedException(string message) : Exception(message);
