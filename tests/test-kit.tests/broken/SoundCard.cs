namespace Pcie.TestKit.Tests.Broken;

/// <summary>Nothing is wrong with it: that it passes shows that the place where the others are broken breaks nothing.</summary>
internal sealed class SoundCard : BrokenCard;
