namespace Pcie.Link.Grpc.Device;

/// <summary>Whose the card is: one host's at a time, whichever way it came. Safe from any thread.</summary>
public sealed class CardClaim
{
    private string? owner;

    /// <summary>Takes the card.</summary>
    /// <param name="host">Who wants it, for a person.</param>
    /// <returns>Null if it is the host's now, else whose it is.</returns>
    public string? Take(string host) => Interlocked.CompareExchange(ref owner, host, null);

    /// <summary>The owner gives it back.</summary>
    public void Release() => Volatile.Write(ref owner, null);
}
