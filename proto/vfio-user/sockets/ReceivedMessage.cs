using Pcie.VfioUser.Messages;

namespace Pcie.VfioUser.Sockets;

/// <summary>A message as it came.</summary>
/// <param name="Payload">What follows the header; valid until the next message is taken.</param>
/// <param name="Descriptors">What came with it; valid as long, and closed then. Who keeps one takes it out of the list.</param>
/// <param name="HasAllDescriptors">Whether there was room for all of them.</param>
internal readonly record struct ReceivedMessage(
    MessageHeader Header, ReadOnlyMemory<byte> Payload, List<FileDescriptor> Descriptors, bool HasAllDescriptors);
