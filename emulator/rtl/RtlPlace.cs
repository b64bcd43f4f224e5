using Pcie.Emulator.Rtl.Models;

namespace Pcie.Emulator.Rtl;

/// <summary>Where the logic of an RTL card is, as a command line says it.</summary>
/// <param name="Path">Of a shared library, or of the socket of a simulator.</param>
/// <param name="ConfigFile">What the card cannot say of itself; null for what a card is without it.</param>
/// <param name="WaveFile">Where waveforms go; null for nowhere.</param>
/// <param name="IsSocket">Whether it is a simulator that listens there.</param>
public sealed record RtlPlace(string Path, string? ConfigFile, string? WaveFile, bool IsSocket = false)
{
    /// <summary>How a device begins that is a shared library.</summary>
    public const string Scheme = "rtl:";

    /// <summary>How a device begins that is a simulator.</summary>
    public const string SocketScheme = "rtl-socket:";

    private RtlConnection? connection;

    /// <summary>The place that a command line names; null if it names a card of another kind.</summary>
    /// <exception cref="FormatException">It names an RTL card without a path, or says of another card what only an RTL card has.</exception>
    public static RtlPlace? Parse(string? device, string? configFile, string? waveFile)
    {
        var isSocket = device?.StartsWith(SocketScheme, StringComparison.Ordinal) == true;
        if (!isSocket && device?.StartsWith(Scheme, StringComparison.Ordinal) != true)
        {
            if (configFile is not null)
                throw new FormatException($"--device-config is for --device {Scheme}PATH: other cards are described already.");
            return waveFile is null ? null : throw new FormatException($"--wave is for --device {Scheme}PATH: other cards have no waveforms.");
        }
        if (isSocket && waveFile is not null) throw new FormatException($"--wave is for --device {Scheme}PATH: have the simulator write its own.");
        var path = device![(isSocket ? SocketScheme : Scheme).Length..];
        return path.Length > 0 ? new RtlPlace(path, configFile, waveFile, isSocket)
            : throw new FormatException($"--device {device}: expected the path "
                + $"of {(isSocket ? "a socket" : "a shared library, as in rtl:./libcard.so")}.");
    }

    /// <exception cref="RtlException">The logic cannot be had.</exception>
    public IRtlModel Open(RtlConfig config, RtlRequests requests)
    {
        var clock = (ulong)config.Clock.Nanoseconds * 1000;
        if (!IsSocket) return new RtlLibrary(Path, requests, clock, WaveFile, config.Watchdog);
        connection ??= new RtlConnection(Path, config.Watchdog);
        return new RtlSocket(connection, requests, clock);
    }
}
