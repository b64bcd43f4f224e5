using Pcie.Emulator.Function.Configuration;
using Pcie.Pci;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>A function-level reset leaves the BARs where they were.</summary>
internal sealed class KeepsItsBarsThroughReset : BrokenCard
{
    private const byte InitiateFunctionLevelReset = 0x80;

    public override void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        var isReset = tlp.Kind == TlpKind.ConfigWrite && tlp.Address == ConfigOffset.DeviceControl && (tlp.FirstByteEnables & 2) != 0
            && (payload[1] & InitiateFunctionLevelReset) != 0;
        var bar = Config(ConfigOffset.Bar0);
        base.Receive(tlp, payload);
        if (isReset) SetConfig(ConfigOffset.Bar0, bar);
    }
}
