namespace Pcie.Qtest;

/// <summary>Where the device is told to send its messages, so that they come here.</summary>
/// <param name="MsiAddress">Of MSI messages.</param>
/// <param name="MsiData">To which the device adds the number of the message.</param>
/// <param name="MsixAddress">Of MSI-X messages.</param>
/// <param name="MsixData">To which the number of the entry is added; more than any data of MSI, if the addresses are the same.</param>
internal readonly record struct MessageTarget(uint MsiAddress, uint MsiData, uint MsixAddress, uint MsixData);
