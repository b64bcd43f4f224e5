using System.Buffers.Binary;
using NLog;
using Pcie.Control.Wire;
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
/// <param name="link">Where messages go, as everything that the function sends.</param>
/// <param name="source">Of the function, in the trace.</param>
internal sealed class MessageSignals(
    ConfigurationSpace space, InterruptLine line, FunctionCounters counters, ITlpSender link, Tracer tracer, uint source)
{
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    public int Granted => Enabled.Granted;

    private IMessageCapability Enabled => space.Msix is { Granted: > 0 } msix ? msix : space.Msi;

    /// <summary>What each message that may be raised is doing.</summary>
    public IEnumerable<MessageState> States
    {
        get
        {
            var capability = Enabled;
            return Enumerable.Range(0, capability.Granted).Select(message => new MessageState
            {
                Number = (uint)message,
                Sent = counters.MessagesSent[message],
                IsMasked = capability.IsMasked(message),
                IsPending = capability.IsPending(message),
                Address = capability.AddressOf(message),
                Data = capability.DataOf(message),
            });
        }
    }

    /// <inheritdoc cref="IDevicePort.RaiseMessage"/>
    public MessageOutcome Raise(int message)
    {
        var capability = Enabled;
        if (capability.Granted == 0 && line.IsInUse) return MessageOutcome.LeftToLine;
        counters.MessagesRaised++;
        if (capability.Granted == 0 || !space.IsMaster)
        {
            var level = Repeated.At(LogLevel.Info, ++counters.MessagesLost);
            if (Log.IsEnabled(level))
                Log.Log(level, "Message {Message} is lost: {Why}.", message,
                    capability.Granted == 0 ? "neither MSI_CONTROL.MSI_ENABLE nor MSIX_CONTROL.MSIX_ENABLE is set"
                    : space.WhyNotMaster);
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
        counters.MessagesLost += (ulong)space.Msi.ForgetUngranted();
        var capability = Enabled;
        if (capability.Granted == 0 || !space.IsMaster) return;
        while (capability.TakeUnmasked() is >= 0 and var message) Send(capability, message);
    }

    private void Send(IMessageCapability capability, int message)
    {
        var address = capability.AddressOf(message);
        counters.MessagesSent.Count(message);
        tracer.Record(TraceKind.InterruptSent, source, message, (long)address);
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, capability.DataOf(message));
        link.Send(Tlp.Request(TlpKind.MemoryWrite, address, data.Length), data);
    }
}
