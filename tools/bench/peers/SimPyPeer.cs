using Pcie.Bench.Table;

namespace Pcie.Bench.Peers;

/// <summary>SimPy (Debian: python3-simpy3).</summary>
internal sealed class SimPyPeer : IDisposable
{
    private readonly PeerProgram program = new("simpy_peer.py");

    /// <exception cref="InvalidOperationException">There is no Python, or no SimPy.</exception>
    public SimPyPeer() => PeerProgram.Run("SimPy (Debian: python3-simpy3)", "python3", "-c", "import simpy");

    /// <summary>Twenty processes that wait again and again (ns an event).</summary>
    public Reading Event() => new(PeerProgram.Number(PeerProgram.Run("SimPy", "python3", program.Source)));

    public void Dispose() => program.Dispose();
}
