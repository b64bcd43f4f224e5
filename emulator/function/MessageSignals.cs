using System.Buffers.Binary;
using NLog;
using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Capabilities;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Trace;

namespace Pcie.Emulator.Function;

/// <summary>
/// Raises messages by whichever of MSI and MSI-X the host enabled. Both at once is an error of software whose effect the
/// specification leaves undefined (6.1.4): then it is MSI-X.
/// </summary>
/// <param name="mayMaster">Whether the function may send requests: a message is one.</param>
internal sealed class MessageSignals(
    MsiCapability msi, MsixCapability? msix, Func<bool> mayMaster, FunctionCounters counters, Uplink uplink, Tracer tracer,
    uint source)
{
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    public int Granted => Enabled.Granted;

    /// <summary>Where messages go; null for the function's uplink.</summary>
    public ITlpSender? Path { get; set; }

    private IMessageCapability Enabled => msix is { Granted: > 0 } ? msix : msi;

    /// <inheritdoc cref="IDevicePort.RaiseMessage"/>
    public MessageOutcome Raise(int message)
    {
        var capability = Enabled;
        if (capability.Granted == 0 || !mayMaster())
        {
            var level = Repeated.At(LogLevel.Info, ++counters.MessagesLost);
            if (Log.IsEnabled(level))
                Log.Log(level, "Message {Message} is lost: {Why}.", message,
                    capability.Granted == 0 ? "neither MSI_CONTROL.MSI_ENABLE nor MSIX_CONTROL.MSIX_ENABLE is set"
                    : "COMMAND_STATUS.BUS_MASTER_ENABLE is 0, or the function in D3hot");
            tracer.Record(TraceKind.InterruptMasked, source, message, 0);
            return MessageOutcome.Lost;
        }
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)message, (uint)capability.Granted, nameof(message));
        if (!capability.IsMasked(message))
        {
            Send(capability, message);
            return MessageOutcome.Sent;
        }
        if (!capability.SetPending(message))
        {
            counters.MessagesCollapsed.Count(message);
            return MessageOutcome.Collapsed;
        }
        counters.MessagesPending++;
        tracer.Record(TraceKind.InterruptMasked, source, message, 1);
        return MessageOutcome.Pending;
    }

    /// <summary>
    /// An enable, a mask or a grant changed. A masked message records one pending bit however often it fires, and goes once when
    /// unmasked (6.1.4.5).
    /// </summary>
    public void Changed()
    {
        counters.MessagesLost += (ulong)msi.ForgetUngranted();
        var capability = Enabled;
        if (capability.Granted == 0 || !mayMaster()) return;
        while (capability.TakeUnmasked() is >= 0 and var message) Send(capability, message);
    }

    private void Send(IMessageCapability capability, int message)
    {
        var address = capability.AddressOf(message);
        counters.MessagesSent++;
        tracer.Record(TraceKind.InterruptSent, source, message, (long)address);
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, capability.DataOf(message));
        var tlp = Tlp.Request(TlpKind.MemoryWrite, address, data.Length);
        if (Path is { } path) path.Send(tlp, data);
        else uplink.Send(tlp, data);
    }
}
