using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Carriers;

namespace Pcie.Emulator.Hosting;

/// <summary>Where and how the emulator listens.</summary>
/// <param name="Listen">Port 0 lets the system choose.</param>
/// <param name="Credentials">The server's certificate, and the authority of its clients'. https only.</param>
public sealed record LinkServerOptions(LinkUri Listen, TlsCredentials? Credentials = null)
{
    /// <summary>
    /// A host of which nothing is heard for this long is silent, and its connection is given up; 100 ms at least. One without the capability
    /// heartbeat is asked by HTTP/2 pings, which take up to three seconds more, and a second at least; one that does not even take what it is sent is
    /// gone after four seconds more than this, and two at most until somebody looks. A process that dies is noticed at once, because its
    /// connection ends.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = HeartbeatOptions.DefaultKeepAlive;

    /// <summary>What heartbeats and silence are measured by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <exception cref="ListenRefusedException">Strangers could reach it, or there is nothing to listen on.</exception>
    internal void Check()
    {
        if (Listen.Scheme == LinkScheme.InProcess)
            throw new ListenRefusedException("inproc: is within one process; there is nothing to listen on.");
        if (Listen.Scheme == LinkScheme.Https && Credentials is null)
            throw new ListenRefusedException(
                $"{Listen} needs --certificate, --certificate-key and --client-ca (PEM files): "
                + "hosts are known by their certificates.");
        if (Listen.Scheme == LinkScheme.Http && !Listen.IsLoopback)
            throw new ListenRefusedException(
                $"{Listen} can be reached from other machines, and http neither encrypts nor asks who attaches. "
                + "Listen on 127.0.0.1, "
                + "or on https:// with --certificate, --certificate-key and --client-ca.");
    }
}
