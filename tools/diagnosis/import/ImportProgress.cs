namespace Pcie.Diagnosis.Import;

/// <summary>How far an import has come.</summary>
/// <param name="BytesRead">Of the file as it lies on disk, compressed or not.</param>
/// <param name="BytesTotal">Its size.</param>
public readonly record struct ImportProgress(long BytesRead, long BytesTotal);
