namespace Pcie.Workers.Grains;

/// <summary>Writing what a grain stores.</summary>
internal static class StoredState
{
    /// <summary>
    /// Puts another state in the place of the one there is. If the store does not take it, it may be written or not: the one before is back, for as
    /// long as calls that are running need it, and the grain is read again for the next.
    /// </summary>
    public static async Task ReplaceAsync<T>(this IPersistentState<T> stored, T state, IGrainBase grain)
    {
        var before = stored.State;
        stored.State = state;
        try
        {
            await stored.WriteStateAsync();
        }
        catch
        {
            stored.State = before;
            grain.DeactivateOnIdle();
            throw;
        }
    }
}
