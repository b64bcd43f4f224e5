using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Serialization;
using Orleans.Storage;
using StackExchange.Redis;

namespace Pcie.Workers.Store;

/// <summary>Redis.</summary>
internal sealed class RedisStore : IClusterStore
{
    // Long for a store, short for somebody who waits to be told that it is away.
    private const int PatienceMs = 3000;

    private readonly ConfigurationOptions options;
    private readonly Lazy<Task<IConnectionMultiplexer>> shared;
    private readonly bool hasPassword;

    public RedisStore(string host, int port, bool isTls, string user, string? password, int database)
    {
        Name = string.Create(CultureInfo.InvariantCulture,
            $"redis{(isTls ? "s" : "")}://{(host.Contains(':') ? $"[{host}]" : host)}:{port}{(database == 0 ? "" : $"/{database}")}");
        hasPassword = password is not null;
        options = new ConfigurationOptions
        {
            EndPoints = { { host, port } }, Ssl = isTls, User = user.Length == 0 ? null : user, Password = password, DefaultDatabase = database,
            // Once it was there, it is waited for.
            AbortOnConnectFail = false, ConnectTimeout = PatienceMs, AsyncTimeout = PatienceMs, SyncTimeout = PatienceMs,
            ClientName = "pcie-campaign",
        };
        shared = new Lazy<Task<IConnectionMultiplexer>>(async () => await ConnectionMultiplexer.ConnectAsync(options));
    }

    public string Name { get; }

    public async Task<DateTimeOffset> ReadClockAsync(CancellationToken cancellation)
    {
        try
        {
            var once = options.Clone();
            once.AbortOnConnectFail = true;
            await using var connection = await ConnectionMultiplexer.ConnectAsync(once);
            var time = await connection.GetDatabase().ExecuteAsync("TIME");
            return DateTimeOffset.FromUnixTimeMilliseconds((long)time[0] * 1000 + (long)time[1] / 1000);
        }
        catch (RedisException e)
        {
            throw new IOException($"{Name}: {Why(e)}", e);
        }
    }

    public void Use(ISiloBuilder silo)
    {
        silo.UseRedisClustering(redis =>
        {
            redis.ConfigurationOptions = options;
            redis.CreateMultiplexer = async _ => (await shared.Value, true);
        });
        silo.AddRedisGrainStorageAsDefault(redis => redis.Configure<Serializer>((storage, serializer) =>
        {
            (storage.ConfigurationOptions, storage.DeleteStateOnClear) = (options, true);
            storage.CreateMultiplexer = async _ => (await shared.Value, true);
            storage.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        }));
    }

    public void Use(IClientBuilder client) => client.UseRedisClustering(redis =>
    {
        redis.ConfigurationOptions = options;
        redis.CreateMultiplexer = async _ => (await shared.Value, true);
    });

    private string Why(RedisException e)
    {
        var said = string.Join(' ', Chain(e).Select(one => one.Message));
        if (said.Contains("WRONGPASS", StringComparison.Ordinal) || said.Contains("invalid password", StringComparison.Ordinal)
            || said.Contains("invalid username-password", StringComparison.Ordinal))
            return "it does not know this user with this password.";
        if (said.Contains("NOAUTH", StringComparison.Ordinal)
            || (!hasPassword && said.Contains("Authentication", StringComparison.OrdinalIgnoreCase)))
            return "it asks for a password: give --password-file FILE, or redis://user:password@host.";
        if (said.Contains("NOPERM", StringComparison.Ordinal))
            return "this user may not do there what a cluster needs: all keys, and the commands of strings, hashes and scripts.";
        // What the library says then is about its own settings.
        return e is RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect } ? "no Redis answers there."
            : $"no Redis answers there: {e.Message.Split('\n')[0]}";
    }

    private static IEnumerable<Exception> Chain(Exception e)
    {
        for (Exception? one = e; one is not null; one = one.InnerException) yield return one;
    }
}
