namespace Pcie.Workers.Store;

/// <summary>Where a cluster's members find each other, and what is done is kept.</summary>
public interface IClusterStore
{
    /// <summary>As it was given, without a password.</summary>
    string Name { get; }

    /// <summary>Asks it for the time, which shows that it is there and lets us in.</summary>
    /// <exception cref="IOException">It does not answer, or not us; the text says what to do.</exception>
    Task<DateTimeOffset> ReadClockAsync(CancellationToken cancellation);

    /// <summary>Has a worker use it.</summary>
    void Use(ISiloBuilder silo);

    /// <summary>Has a client find workers through it.</summary>
    void Use(IClientBuilder client);
}
