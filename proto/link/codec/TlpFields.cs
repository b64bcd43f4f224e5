using Pcie.Time;

namespace Pcie.Link.Codec;

/// <summary>The fields of a TLP as they came, in whichever encoding, before they are checked: wider than they may be.</summary>
internal struct TlpFields
{
    public ulong Kind;
    public ulong Tag;
    public ulong Status;
    public ulong Address;
    public ulong Length;
    public ulong FirstByteEnables;
    public ulong LastByteEnables;
    public SimTime SentAt;
}
