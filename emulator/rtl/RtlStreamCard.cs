using Pcie.Control.Wire;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Emulator.Rtl.Models;
using Pcie.Pci;
using Pcie.Registers;

namespace Pcie.Emulator.Rtl;

/// <summary>
/// An RTL card whose stream goes through the DMA core of the data-acquisition card, as through a vendor's: BAR 0 is the core's, the others are the
/// logic's, and a packet is a chunk.
/// <code>
/// host ── BAR 0 ── DaqCard: DMA core, interrupts ◄── packets ── RtlCard: m_axis
///      ── BAR 1… ──────────────────────────────────────────────── s_axil
/// </code>
/// </summary>
public sealed class RtlStreamCard : ICard, IRtlStreamSink
{
    private readonly DaqCard core;
    private readonly RtlCard logic;

    /// <param name="options">How the core is built.</param>
    /// <inheritdoc cref="RtlCard(RtlConfig, IDevicePort, Func{RtlRequests, IRtlModel}, DeviceMap?, RtlStimulus?, IRtlStreamSink?)"/>
    public RtlStreamCard(RtlConfig config, DaqCardOptions options, IDevicePort port, Func<RtlRequests, IRtlModel> make, DeviceMap? registers)
    {
        core = new DaqCard(options, port, () => logic!.StreamTaken());
        logic = new RtlCard(config, port, make, registers, sink: this);
    }

    public RegisterFile Registers => core.Registers;

    /// <inheritdoc/>
    public Account? Account => core.Account;

    public IEnumerable<KeyValuePair<string, ulong>> Statistics => [.. core.Statistics, .. logic.Statistics];

    /// <inheritdoc/>
    public IEnumerable<CauseState> Causes => core.Causes;

    /// <inheritdoc/>
    public byte[] PayloadSha256 => core.PayloadSha256;

    /// <inheritdoc/>
    public RegisterFile? RegistersOf(int bar) => bar == 0 ? core.Registers : logic.RegistersOf(bar);

    /// <inheritdoc/>
    public CompletionStatus LastAccess { get; private set; }

    /// <inheritdoc/>
    public uint ReadBar(int bar, uint offset, byte byteEnables)
    {
        var value = bar == 0 ? core.Registers.Read(offset, byteEnables) : logic.ReadBar(bar, offset, byteEnables);
        LastAccess = bar == 0 ? CompletionStatus.Successful : logic.LastAccess;
        return value;
    }

    /// <inheritdoc/>
    public void WriteBar(int bar, uint offset, uint value, byte byteEnables)
    {
        if (bar == 0) core.Registers.Write(offset, value, byteEnables);
        else logic.WriteBar(bar, offset, value, byteEnables);
        LastAccess = bar == 0 ? CompletionStatus.Successful : logic.LastAccess;
    }

    /// <inheritdoc/>
    public void MessagesChanged()
    {
        core.MessagesChanged();
        logic.MessagesChanged();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        core.Reset();
        logic.Reset();
    }

    /// <inheritdoc/>
    public void Offer(ReadOnlySpan<byte> bytes, bool ends) => core.Inlet!.Offer(bytes, ends);

    public void Dispose()
    {
        core.Dispose();
        logic.Dispose();
    }
}
