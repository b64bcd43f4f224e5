namespace Pcie.Diagnosis.Import.Results;

/// <summary>Lines of one kind that were not understood.</summary>
/// <param name="Line">Of the first: its number, from 1.</param>
/// <param name="Example">The first, without control characters, and cut if it is long.</param>
public readonly record struct NotRead(long Count, long Line, string Example);
