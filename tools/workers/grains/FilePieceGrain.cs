namespace Pcie.Workers.Grains;

/// <inheritdoc cref="IFilePieceGrain"/>
[GrainType("file-piece"), CollectionAgeLimit(Minutes = 2)]
internal sealed class FilePieceGrain([PersistentState("content")] IPersistentState<FilePieceState> stored) : Grain, IFilePieceGrain
{
    public Task<bool> HasAsync() => Task.FromResult(stored.State.Content is not null);

    public Task PutAsync(byte[] content) =>
        stored.State.Content is null ? stored.ReplaceAsync(new FilePieceState { Content = content }, this) : Task.CompletedTask;

    public Task<byte[]?> GetAsync() => Task.FromResult(stored.State.Content);

    public Task ForgetAsync() => stored.ClearStateAsync();
}

/// <summary>What is stored of a piece.</summary>
[GenerateSerializer, Alias("file-piece-state")]
public sealed class FilePieceState
{
    [Id(0)]
    public byte[]? Content { get; init; }
}
