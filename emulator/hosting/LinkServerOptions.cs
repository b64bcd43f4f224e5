using Pcie.Link;
using Pcie.Link.Grpc;

namespace Pcie.Emulator.Hosting;

/// <summary>Where and how the emulator listens.</summary>
/// <param name="Listen">Port 0 lets the system choose.</param>
/// <param name="Credentials">The server's certificate, and the authority of its clients'. https only.</param>
public sealed record LinkServerOptions(LinkUri Listen, TlsCredentials? Credentials = null)
{
    /// <exception cref="ListenRefusedException">Strangers could reach it, or there is nothing to listen on.</exception>
    internal void Check()
    {
        if (Listen.Scheme == LinkScheme.InProcess)
            throw new ListenRefusedException("inproc: is within one process; there is nothing to listen on.");
        if (Listen.IsForeign) throw new ListenRefusedException($"{Listen} is a device for hosts; there is nothing to listen on.");
        if (Listen.Scheme == LinkScheme.Https && Credentials is null)
            throw new ListenRefusedException(
                $"{Listen} needs --certificate, --certificate-key and --client-ca (PEM files): "
                + "hosts are known by their certificates.");
        if (Listen.Scheme == LinkScheme.Https && !TlsCredentials.IsFor(Credentials!.Certificate, TlsCredentials.ForServers))
            throw new ListenRefusedException(
                $"{Listen}: the certificate of '{Credentials.Certificate.Subject}' is not for servers; its extended key usage needs serverAuth.");
        if (Listen.Scheme == LinkScheme.Http && !Listen.IsLoopback)
            throw new ListenRefusedException(
                $"{Listen} can be reached from other machines, and http neither encrypts nor asks who attaches. "
                + "Listen on 127.0.0.1, or on https:// with --certificate, --certificate-key and --client-ca.");
    }
}
