namespace Pcie.Diagnosis.Import.Lines;

/// <summary>Reads one format, a line at a time.</summary>
internal interface ILineImporter
{
    /// <param name="line">Without its end; valid during the call only.</param>
    /// <param name="isUnterminated">It is the last and has no end: it may be cut off.</param>
    void Read(ReadOnlySpan<byte> line, bool isUnterminated);

    /// <summary>After the last line.</summary>
    void Complete();
}
