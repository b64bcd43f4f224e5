using Microsoft.Extensions.DependencyInjection;
using NLog;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Pcie.Link.Grpc;
using Pcie.Logging;

namespace Pcie.Workers.Cluster;

/// <summary>What all members of a cluster have in common.</summary>
internal static class ClusterSettings
{
    /// <summary>Of the messages and of what is stored: members of another number do not meet.</summary>
    private const string Name = "pcie-campaign-1";

    /// <summary>How long an answer may take: more than it takes until a worker that was killed is known to be dead.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Workers");
    private static long refused;

    public static void Apply(ISiloBuilder silo, TlsCredentials? credentials, TimeProvider clock)
    {
        silo.Configure<ClusterOptions>(SetNames);
        silo.Configure<SiloMessagingOptions>(messages => messages.ResponseTimeout = Patience);
        // A worker that was killed is known to be dead after three to six seconds; one that is slow to answer is given longer.
        silo.Configure<ClusterMembershipOptions>(members =>
        {
            members.MinProbeTimeout = TimeSpan.FromSeconds(1);
            members.ProbeTimeout = TimeSpan.FromSeconds(2);
            members.MaxProbeTimeout = TimeSpan.FromSeconds(8);
            members.NumMissedProbesLimit = 3;
            members.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            members.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
            members.MaxJoinAttemptTime = TimeSpan.FromMinutes(2);
        });
        silo.Services.AddKeyedSingleton(TimeProviderNames.Membership, clock);
        if (credentials is not null) silo.UseTls(tls => Apply(tls, credentials, TlsCredentials.ForClients));
    }

    public static void Apply(IClientBuilder client, TlsCredentials? credentials)
    {
        client.Configure<ClusterOptions>(SetNames);
        client.Configure<ClientMessagingOptions>(messages => messages.ResponseTimeout = Patience);
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
        if (credentials is not null) client.UseTls(tls => Apply(tls, credentials, TlsCredentials.ForServers));
    }

    private static void SetNames(ClusterOptions cluster) => (cluster.ClusterId, cluster.ServiceId) = (Name, Name);

    // Whoever has a certificate of the authority belongs to the cluster, wherever he calls from; a worker is both, server and client.
    private static void Apply(TlsOptions tls, TlsCredentials credentials, string use)
    {
        tls.LocalCertificate = credentials.Certificate;
        tls.RemoteCertificateMode = tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.RemoteCertificateValidation = (certificate, chain, _) =>
        {
            var why = credentials.WhyNotTrusted(certificate, chain?.ChainPolicy.ExtraStore, use);
            if (why is not null)
                Log.Repeatedly(LogLevel.Warn, (ulong)Interlocked.Increment(ref refused), $"Refused a connection of the cluster: {why}");
            return why is null;
        };
        tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = Name;
    }
}
