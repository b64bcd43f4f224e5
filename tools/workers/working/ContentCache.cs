using System.Collections.Concurrent;
using Pcie.Campaign.Units;
using Pcie.Workers.Grains;
using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Working;

/// <summary>The texts that this worker has had, and the files that they name, which come with them.</summary>
internal sealed class ContentCache(IGrainFactory grains, string version) : IDisposable
{
    private const int Most = 1024;

    private readonly ContentFolder folder = new();
    private readonly ConcurrentDictionary<string, Task<string>> texts = new();
    private readonly ConcurrentDictionary<string, Task<bool>> files = new();

    /// <summary>Where the files are.</summary>
    public string Folder => folder.Path;

    /// <summary>The text of a lease's content; its files are there then.</summary>
    /// <exception cref="InvalidDataException">The cluster has not, or has something else in its place.</exception>
    public async Task<string> TextAsync(string campaign, Lease lease)
    {
        if (texts.Count >= Most) texts.Clear();
        return await OnceAsync(texts, lease.Content, () => FetchAsync(campaign, lease));
    }

    public void Dispose() => folder.Dispose();

    private async Task<string> FetchAsync(string campaign, Lease lease)
    {
        var row = await grains.GetGrain<ICampaignGrain>(campaign).RowAsync(lease.Row)
            ?? throw new InvalidDataException("the cluster does not have its scenario any more");
        if (new UnitContent(row.Text, [], version).Hash != lease.Content) throw new InvalidDataException("its scenario is not what its hash says");
        foreach (var file in row.Files) await OnceAsync(files, file.Name, () => FetchAsync(file));
        return row.Text;
    }

    private async Task<bool> FetchAsync(ManifestFile file)
    {
        if (file.Length is < 0 or > ManifestFile.Largest) throw new InvalidDataException($"its file {file.Name} is too large");
        await folder.AddAsync(file.Name, async stream =>
        {
            for (var piece = 0; piece < file.Pieces; piece++)
                await stream.WriteAsync(await grains.GetGrain<IFilePieceGrain>(file.KeyOf(piece)).GetAsync()
                    ?? throw new InvalidDataException($"the cluster does not have its file {file.Name} any more: submit the campaign again"));
        });
        return true;
    }

    // Whoever comes while it is fetched waits for it; what failed is tried again.
    private static async Task<T> OnceAsync<T>(ConcurrentDictionary<string, Task<T>> known, string key, Func<Task<T>> fetch)
    {
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = known.GetOrAdd(key, source.Task);
        if (first != source.Task) return await first;
        try
        {
            source.SetResult(await fetch());
        }
        catch (Exception e)
        {
            known.TryRemove(key, out _);
            source.SetException(e);
        }
        return await source.Task;
    }
}
