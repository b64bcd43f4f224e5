using Pcie.Workers.Grains.Messages;

namespace Pcie.Workers.Grains;

/// <summary>A piece of a file that scenarios name. By <see cref="ManifestFile.KeyOf"/>.</summary>
[Alias("file-piece")]
public interface IFilePieceGrain : IGrainWithStringKey
{
    [Alias("has")]
    Task<bool> HasAsync();

    [Alias("put")]
    Task PutAsync(byte[] content);

    /// <returns>Null if the store does not have it.</returns>
    [Alias("get")]
    Task<byte[]?> GetAsync();

    /// <summary>Removes it from the store.</summary>
    [Alias("forget")]
    Task ForgetAsync();
}
