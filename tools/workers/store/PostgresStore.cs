using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Serialization;
using Orleans.Storage;

namespace Pcie.Workers.Store;

/// <summary>PostgreSQL, by ADO.NET. Its tables are made by Orleans' own scripts, once, by whoever owns the database.</summary>
internal sealed class PostgresStore : IClusterStore
{
    private const string Invariant = "Npgsql", Tables = "orleansquery, orleansmembershiptable, orleansmembershipversiontable, orleansstorage";

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
            foreach (var table in Tables.Split(", "))
            {
                await using var ask = source.CreateCommand("select to_regclass($1) is not null");
                ask.Parameters.Add(new NpgsqlParameter { Value = table });
                if (await ask.ExecuteScalarAsync(cancellation) is not true)
                    throw new IOException($"{Name}: the table {table} is missing; make it by Orleans' scripts PostgreSQL-Main.sql, "
                        + "PostgreSQL-Clustering.sql and PostgreSQL-Persistence.sql (docs/campaigns.md).");
            }
            await using var clock = source.CreateCommand("select clock_timestamp()");
            return new DateTimeOffset((DateTime)(await clock.ExecuteScalarAsync(cancellation))!);
        }
        catch (NpgsqlException e)
        {
            throw new IOException(
                $"{Name}: {(e is PostgresException { SqlState: [.. "28", _, _, _] } ? "it does not let this user in" : "no answer")}: "
                + $"{e.Message.Split('\n')[0]}", e);
        }
    }

    public void Use(ISiloBuilder silo)
    {
        silo.UseAdoNetClustering(ado => (ado.Invariant, ado.ConnectionString) = (Invariant, connection));
        silo.AddAdoNetGrainStorageAsDefault(ado => ado.Configure<Serializer>((storage, serializer) =>
        {
            (storage.Invariant, storage.ConnectionString) = (Invariant, connection);
            storage.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        }));
    }

    public void Use(IClientBuilder client) =>
        client.UseAdoNetClustering(ado => (ado.Invariant, ado.ConnectionString) = (Invariant, connection));
}
