using Pcie.Emulator.Hosting;
using Pcie.Link.Grpc.Device;
using Pcie.Time;
using Pcie.VfioUser;

namespace Pcie.Emu.Guest.Machine;

/// <summary>A card of a virtual machine, and where the machine finds it.</summary>
internal sealed class GuestCard : IDisposable
{
    private readonly TaskCompletionSource left = new();
    private readonly GuestServer server;

    /// <param name="socket">Where it listens.</param>
    /// <param name="record">Where the session is recorded; null for nowhere.</param>
    /// <param name="recordLimit">The recording is no longer (bytes).</param>
    public GuestCard(CardDesign design, string socket, string? record, long recordLimit)
    {
        var counters = new VfioUserCounters();
        Host = new CardHost(design, Duration.FromSeconds(5), hosts: () => counters.All);
        server = GuestServer.Listen(socket, Host, new CardClaim(), counters, record, recordLimit);
        server.Ended += _ => left.TrySetResult();
        server.Start();
        Socket = socket;
    }

    public CardHost Host { get; }

    public string Socket { get; }

    /// <summary>The machine has let go of it.</summary>
    public Task Left => left.Task;

    /// <summary>No machine has it any more; what it counted can still be asked for.</summary>
    public void Close() => server.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        Host.Dispose();
    }
}
