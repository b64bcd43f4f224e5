using Pcie.Pci;

namespace Pcie.Emulator.Device;

/// <summary>Gets the answer to a read of host memory.</summary>
public interface IReadCompleter
{
    /// <param name="cookie">What the read was asked with.</param>
    /// <param name="status">Successful, or why not. A read that got no answer in time counts as completer abort.</param>
    /// <param name="bytes">The data; empty unless successful. Valid only during the call.</param>
    void ReadCompleted(int cookie, CompletionStatus status, ReadOnlySpan<byte> bytes);
}
