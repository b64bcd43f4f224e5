using Pcie.Pci;

namespace Pcie.Link.Recording;

/// <summary>A TLP of a session recording.</summary>
/// <param name="Direction">Which way it went.</param>
/// <param name="Number">Within its direction, from 1: the same however the frames were batched.</param>
/// <param name="Entry">Within the file, from 0.</param>
/// <param name="Tlp">Its <see cref="Pci.Tlp.SentAt"/> is the entry's time.</param>
/// <param name="Payload">What was kept of it. Valid until the next is read; <see cref="Keep"/> makes it last.</param>
/// <param name="Hash">XXH3 of the whole payload, if it is cut; else null.</param>
public readonly record struct RecordedTlp(
    LinkDirection Direction, long Number, long Entry, Tlp Tlp, ReadOnlyMemory<byte> Payload, ulong? Hash)
{
    /// <summary>The same, with a payload of its own.</summary>
    public RecordedTlp Keep() => this with { Payload = Payload.ToArray() };
}
