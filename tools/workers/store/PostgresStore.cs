using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Serialization;
using Orleans.Storage;

namespace Pcie.Workers.Store;

/// <summary>PostgreSQL, by ADO.NET.</summary>
internal sealed class PostgresStore : IClusterStore
{
    private const string Invariant = "Npgsql";

    private readonly string connection;

    public PostgresStore(string host, int port, string user, string? password, string database)
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"postgres://{host}:{port}/{database}");
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = host, Port = port, Database = database, Password = password, Timeout = 3, CommandTimeout = 5, ApplicationName = "pcie-campaign",
        };
        if (user.Length > 0) builder.Username = user;
        connection = builder.ConnectionString;
    }

    public string Name { get; }

    public async Task<DateTimeOffset> ReadClockAsync(CancellationToken cancellation)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(connection);
            await PostgresTables.MakeAsync(source, cancellation);
            await using var clock = source.CreateCommand("select clock_timestamp()");
            return new DateTimeOffset((DateTime)(await clock.ExecuteScalarAsync(cancellation))!);
        }
        catch (NpgsqlException e)
        {
            var state = (e as PostgresException)?.SqlState;
            // The client does not even try where it has no password, and one is asked for.
            var asks = state is null && e.Message.Contains("password", StringComparison.Ordinal);
            var why = asks || state?.StartsWith("28", StringComparison.Ordinal) == true
                    ? "it does not let this user in; a password is given by --password-file FILE"
                : state is null ? "no PostgreSQL answers there"
                : state == PostgresErrorCodes.InsufficientPrivilege ? "this user may not make a cluster's tables there" : "it refuses";
            throw new IOException($"{Name}: {why}: {e.Message.Split('\n')[0]}", e);
        }
    }

    public void Use(ISiloBuilder silo)
    {
        silo.UseAdoNetClustering(ado => (ado.Invariant, ado.ConnectionString) = (Invariant, connection));
        silo.AddAdoNetGrainStorageAsDefault(ado => ado.Configure<Serializer>((storage, serializer) =>
        {
            (storage.Invariant, storage.ConnectionString, storage.DeleteStateOnClear) = (Invariant, connection, true);
            storage.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        }));
    }

    public void Use(IClientBuilder client) =>
        client.UseAdoNetClustering(ado => (ado.Invariant, ado.ConnectionString) = (Invariant, connection));
}
