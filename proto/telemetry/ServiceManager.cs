using Microsoft.Extensions.Hosting.Systemd;

namespace Pcie.Telemetry;

/// <summary>systemd, if it has started this program as a service of type <c>notify</c> (sd_notify(3)); without it, nobody.</summary>
public static class ServiceManager
{
    /// <summary>The program does from now on what it is there for.</summary>
    public static void SayReady() => new SystemdNotifier().Notify(ServiceState.Ready);

    /// <summary>It ends.</summary>
    public static void SayStopping() => new SystemdNotifier().Notify(ServiceState.Stopping);
}
