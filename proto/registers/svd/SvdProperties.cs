using System.Xml.Linq;
using Pcie.Registers.Reading;

namespace Pcie.Registers.Svd;

/// <summary>What a device, a peripheral, a cluster or a register says for all that is in it (registerPropertiesGroup).</summary>
internal readonly record struct SvdProperties(int Size, string Access, ulong Reset, ulong ResetMask)
{
    /// <summary>These, but for what an element says otherwise.</summary>
    public SvdProperties Of(MapSource source, XElement element) => new(
        (int)(SvdNumber.Of(source, element, "size", 1024) ?? (ulong)Size),
        element.Text("access") ?? Access,
        SvdNumber.Of(source, element, "resetValue") ?? Reset,
        // A value of its own that has no mask is known in all its bits.
        SvdNumber.Of(source, element, "resetMask") ?? (element.Child("resetValue") is null ? ResetMask : ulong.MaxValue));
}
