using Pcie.Emulator.Device;
using Pcie.Emulator.Rtl.Models;

namespace Pcie.Emulator.Rtl;

/// <summary>
/// What a vendor's hard block shows to user logic of configuration space, and the time of what
/// comes from outside, as far as the top module has pins of these names.
/// </summary>
internal sealed class RtlStatusPins
{
    private readonly IRtlModel model;
    private readonly IDevicePort port;
    private readonly RtlPin maxPayload = new("cfg_max_payload"), maxReadRequest = new("cfg_max_read_request"), granted = new("cfg_messages_granted"),
        sent = new("cfg_messages_sent"), changes = new("cfg_messages_changes"), time = new("time_ns");
    private readonly bool hasTime;
    private (int MaxPayload, int MaxReadRequest, int Granted, ulong Sent) shown = (-1, -1, -1, ulong.MaxValue);
    private ulong changed;

    public RtlStatusPins(IRtlModel model, IDevicePort port)
    {
        (this.model, this.port) = (model, port);
        hasTime = model.TrySetPin(time, 0);
    }

    /// <summary>Brings the pins up to date, from the next cycle on.</summary>
    public void Update()
    {
        if (hasTime) model.TrySetPin(time, (ulong)port.Timeline.Now.Nanoseconds);
        var now = (port.MaxPayloadSize, port.MaxReadRequestSize, port.GrantedMessages, port.MessagesSent);
        if (now == shown) return;
        shown = now;
        model.TrySetPin(maxPayload, (ulong)now.MaxPayloadSize);
        model.TrySetPin(maxReadRequest, (ulong)now.MaxReadRequestSize);
        model.TrySetPin(granted, (ulong)now.GrantedMessages);
        model.TrySetPin(sent, now.MessagesSent);
    }

    /// <summary>The host changed a grant, an enable or a mask of messages.</summary>
    public void MessagesChanged()
    {
        Update();
        model.TrySetPin(changes, ++changed);
    }
}
