using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser;

/// <summary>Somebody who has connected and speaks our version, and waits for the answer.</summary>
public sealed class VfioUserClient
{
    // Well below the time that QEMU waits for an answer, which it takes badly when it comes later.
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(1);

    private readonly MessageSocket socket;
    private readonly MessageHeader asked;
    private readonly VersionMessage version;
    private readonly VfioUserCounters counters;

    internal VfioUserClient(string name, MessageSocket socket, in MessageHeader asked, in VersionMessage version, VfioUserCounters counters)
    {
        Name = name;
        (this.socket, this.asked, this.version, this.counters) = (socket, asked, version, counters);
    }

    /// <summary>Which process it is.</summary>
    public string Name { get; }

    /// <summary>Lets it have the device.</summary>
    /// <param name="patience">How long the device may take to answer; null for what suits a client that waits as long as it does by itself.</param>
    public VfioUserTransport Begin(TimeSpan? patience = null)
    {
        counters.ClientAttached();
        var reply = new Reply(socket.Compose());
        VersionMessage.WriteReply(ref reply);
        socket.Send(new MessageHeader(asked.Id, Command.Version, reply.Size, MessageHeader.Reply));
        return new VfioUserTransport(socket, version.MaxData, counters, patience ?? UsualPatience);
    }

    /// <summary>Turns it away.</summary>
    /// <param name="owner">Whose the device is.</param>
    public void Refuse(string owner) => VfioUserListener.Refuse(socket, asked,
        new RequestRefusedException(Errno.Busy, $"'{Name}' wants the card, which is owned by '{owner}'"), counters);
}
