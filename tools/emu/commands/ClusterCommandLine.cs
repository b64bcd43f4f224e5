using System.CommandLine;
using Pcie.Link.Grpc;
using Pcie.Program;
using Pcie.Workers.Store;

namespace Pcie.Emu.Commands;

/// <summary>The options by which a command is told of a cluster.</summary>
internal sealed class ClusterCommandLine
{
    /// <summary>Levels of what logs below us: what there is to say of a cluster we say.</summary>
    public static readonly IReadOnlyList<string> Quiet = ["Orleans=off", "Polly=off"];

    private readonly Option<string?> cluster;
    private readonly Option<string?> password = new("--password-file")
    {
        Description = "The store's password is the first line of this file.", HelpName = "FILE",
    };
    private readonly TlsCommandLine tls;

    public ClusterCommandLine(Command command, bool isNeeded)
    {
        cluster = new Option<string?>("--cluster")
        {
            Description = "The cluster's store: redis://host:port, rediss://host:port, or postgres://user@host:port/database.", HelpName = "URI",
            Required = isNeeded,
        };
        foreach (var option in (Option[])[cluster, password]) command.Options.Add(option);
        tls = new TlsCommandLine(command, "cluster");
    }

    /// <returns>Null without a cluster.</returns>
    /// <exception cref="FormatException">It is none, or one of the options is given without it.</exception>
    public (IClusterStore Store, TlsCredentials? Credentials)? Read(ParseResult parsed)
    {
        var (file, credentials) = (RunCommand.Existing(parsed.GetValue(password)), tls.Read(parsed));
        if (parsed.GetValue(cluster) is { } uri)
            return (ClusterUri.Parse(uri, file is null ? null : File.ReadLines(file).FirstOrDefault("").Trim()), credentials);
        return file is null && credentials is null ? null
            : throw new FormatException("--password-file and certificates are for a cluster: give --cluster with them.");
    }
}
