using System.Net;
using Pcie.Link;
using Pcie.Link.Grpc;

namespace Pcie.Workers.Working;

/// <summary>A worker, as its command line says.</summary>
/// <param name="Name">By which others speak of it.</param>
/// <param name="Processors">Units that it runs at once.</param>
/// <param name="Listen">Where other workers and campaigns reach it.</param>
/// <param name="Port">For other workers; campaigns come to the next one. 0: any.</param>
/// <param name="Credentials">Needed if others than this machine reach it.</param>
/// <param name="Dashboard">Where Orleans' dashboard is; null for nowhere.</param>
public sealed record WorkerOptions(
    string Name, int Processors, IPAddress Listen, int Port, TlsCredentials? Credentials, LinkUri? Dashboard)
{
    /// <exception cref="FormatException">Strangers could reach it.</exception>
    public void Check()
    {
        if (!IPAddress.IsLoopback(Listen) && Credentials is null)
            throw new FormatException($"--listen {Listen} can be reached from other machines, and whoever reaches a worker has it run what he likes: "
                + "give --certificate, --certificate-key and --cluster-ca, or listen on 127.0.0.1.");
        if (Dashboard is not null && (Dashboard.Scheme != LinkScheme.Http || !Dashboard.IsLoopback))
            throw new FormatException($"--dashboard {Dashboard}: it asks nobody who he is; expected http://127.0.0.1:port.");
    }

    /// <summary>An address with or without a port.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static (IPAddress Address, int Port) ParseListen(string text)
    {
        if (IPAddress.TryParse(text, out var alone)) return (alone, 0);
        if (IPEndPoint.TryParse(text, out var both) && both.Port is > 0 and < 65535) return (both.Address, both.Port);
        throw new FormatException($"--listen {text}: expected an address of this machine, with a port or without: 10.0.0.5:11000.");
    }
}
