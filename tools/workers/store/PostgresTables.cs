using Npgsql;

namespace Pcie.Workers.Store;

/// <summary>
/// The tables of a cluster in PostgreSQL, which whoever comes first makes, and the queries by which Orleans uses them: it looks them up by name in
/// the table <c>OrleansQuery</c>, and knows parameters and columns by theirs. A database that has them from Orleans' own scripts is left as it is.
/// </summary>
internal static class PostgresTables
{
    // Any number, so that two who come at once do not make them at once.
    private const long Making = 0x70636965;

    private const string Tables = """
        create table if not exists OrleansQuery (QueryKey text primary key, QueryText text not null);
        create table if not exists pcie_cluster (
            DeploymentId text primary key, Version integer not null default 0, Timestamp timestamptz not null default now());
        create table if not exists pcie_member (
            DeploymentId text not null references pcie_cluster on delete cascade, Address text not null, Port integer not null,
            Generation integer not null, SiloName text not null, HostName text not null, Status integer not null, ProxyPort integer,
            SuspectTimes text, StartTime timestamptz not null, IAmAliveTime timestamptz not null,
            primary key (DeploymentId, Address, Port, Generation));
        create table if not exists pcie_state (
            GrainIdHash integer not null, GrainTypeHash integer not null, GrainIdN0 bigint not null, GrainIdN1 bigint not null,
            GrainTypeString text not null, GrainIdExtensionString text not null, ServiceId text not null,
            PayloadBinary bytea, ModifiedOn timestamptz not null default now(), Version integer not null,
            primary key (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, GrainIdExtensionString, ServiceId));
        """;

    private const string Member = "DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation";

    private const string State = "GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0 and "
        + "GrainIdN1 = @GrainIdN1 and GrainTypeString = @GrainTypeString and GrainIdExtensionString = coalesce(@GrainIdExtensionString, '') and "
        + "ServiceId = @ServiceId";

    private const string Members = "select c.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, "
        + "m.SuspectTimes, m.StartTime, m.IAmAliveTime, c.Version from pcie_cluster c left join pcie_member m on m.DeploymentId = c.DeploymentId";

    /// <summary>
    /// By Orleans' names. A change of the members is a turn of the cluster's version: whoever states an old one changes nothing, and is told 0. What
    /// is stored has a version too: whoever writes over another than he has read is told the one that he stated.
    /// </summary>
    private static readonly (string Key, string Text)[] Queries =
    [
        ("InsertMembershipVersionKey", "with made as (insert into pcie_cluster (DeploymentId) values (@DeploymentId) on conflict do nothing "
            + "returning 1) select count(*)::int from made"),
        ("InsertMembershipKey", $"""
            with turn as (update pcie_cluster set Version = Version + 1, Timestamp = now() where DeploymentId = @DeploymentId and Version = @Version
                and not exists (select 1 from pcie_member where {Member}) returning DeploymentId),
            made as (insert into pcie_member select DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, null,
                @StartTime, @IAmAliveTime from turn returning 1)
            select count(*)::int from made
            """),
        ("UpdateMembershipKey", $"""
            with turn as (update pcie_cluster set Version = Version + 1, Timestamp = now() where DeploymentId = @DeploymentId and Version = @Version
                and exists (select 1 from pcie_member where {Member}) returning 1),
            changed as (update pcie_member set Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
                where {Member} and exists (select 1 from turn) returning 1)
            select count(*)::int from changed
            """),
        ("UpdateIAmAlivetimeKey", $"update pcie_member set IAmAliveTime = @IAmAliveTime where {Member}"),
        ("MembershipReadRowKey", $"{Members} and m.Address = @Address and m.Port = @Port and m.Generation = @Generation "
            + "where c.DeploymentId = @DeploymentId"),
        ("MembershipReadAllKey", $"{Members} where c.DeploymentId = @DeploymentId"),
        ("GatewaysQueryKey", "select Address, ProxyPort, Generation from pcie_member where DeploymentId = @DeploymentId and Status = @Status and "
            + "ProxyPort > 0"),
        ("DeleteMembershipTableEntriesKey", "delete from pcie_cluster where DeploymentId = @DeploymentId"),
        // 3: active.
        ("CleanupDefunctSiloEntriesKey", "delete from pcie_member where DeploymentId = @DeploymentId and IAmAliveTime < @IAmAliveTime and "
            + "Status <> 3"),
        ("ReadFromStorageKey", $"select PayloadBinary, Version from pcie_state where {State}"),
        ("WriteToStorageKey", $"""
            with changed as (update pcie_state set PayloadBinary = @PayloadBinary, ModifiedOn = now(), Version = Version + 1
                where {State} and Version = @GrainStateVersion returning Version),
            made as (insert into pcie_state select @GrainIdHash, @GrainTypeHash, @GrainIdN0, @GrainIdN1, @GrainTypeString,
                coalesce(@GrainIdExtensionString, ''), @ServiceId, @PayloadBinary, now(), 1 where @GrainStateVersion::int is null
                on conflict do nothing returning Version)
            select coalesce((select Version from changed), (select Version from made), @GrainStateVersion::int) as NewGrainStateVersion
            """),
        ("ClearStorageKey", $"update pcie_state set PayloadBinary = null, Version = Version + 1 where {State} and Version = @GrainStateVersion "
            + "returning Version as NewGrainStateVersion"),
        ("DeleteStorageKey", $"delete from pcie_state where {State} and Version = @GrainStateVersion returning Version + 1 as NewGrainStateVersion"),
    ];

    /// <summary>Makes what is missing.</summary>
    /// <exception cref="PostgresException">This user may not.</exception>
    public static async Task MakeAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var look = source.CreateCommand("select to_regclass('orleansquery') is not null");
        if (await look.ExecuteScalarAsync(cancellation) is true) return;
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var wait = new NpgsqlCommand("select pg_advisory_xact_lock($1)", connection) { Parameters = { new() { Value = Making } } })
            await wait.ExecuteNonQueryAsync(cancellation);
        await using (var tables = new NpgsqlCommand(Tables, connection)) await tables.ExecuteNonQueryAsync(cancellation);
        foreach (var (key, text) in Queries)
        {
            await using var query = new NpgsqlCommand("insert into OrleansQuery values ($1, $2) on conflict do nothing", connection)
            {
                Parameters = { new() { Value = key }, new() { Value = text } },
            };
            await query.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }
}
