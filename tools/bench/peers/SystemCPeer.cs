using Pcie.Bench.Table;

namespace Pcie.Bench.Peers;

/// <summary>SystemC (Debian: libsystemc-dev), by a program of ours that is built on the spot.</summary>
internal sealed class SystemCPeer : IDisposable
{
    private readonly PeerProgram program = new("systemc.cpp");

    /// <exception cref="InvalidOperationException">It cannot be built: there is no compiler, or no SystemC.</exception>
    public SystemCPeer() =>
        PeerProgram.Run("SystemC (Debian: libsystemc-dev, g++)", "g++", "-O2", "-std=c++17", "-o", Built, program.Source, "-lsystemc");

    private string Built => Path.ChangeExtension(program.Source, ".out");

    /// <summary>Twenty methods that run again and again (ns an event).</summary>
    public Reading Event() => new(PeerProgram.Number(PeerProgram.Run("SystemC", Built)));

    public void Dispose() => program.Dispose();
}
