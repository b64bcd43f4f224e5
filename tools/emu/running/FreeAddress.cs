using System.Net;
using System.Net.Sockets;

namespace Pcie.Emu.Running;

/// <summary>A place to listen on that nobody has.</summary>
public static class FreeAddress
{
    /// <summary>Somebody may take it before who is told of it does, which says so.</summary>
    public static string OnLoopback()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return $"http://{probe.LocalEndpoint}";
    }
}
