namespace Pcie.Diagnosis.Facts;

/// <summary>In which ways chunks ended that did not reach the reader whole. What a trace does not tell is zero; a run knows it all.</summary>
public sealed record ChunkFates
{
    /// <summary>Destroyed in host memory before the driver had copied them.</summary>
    public long Overwritten { get; init; }

    /// <summary>Dropped by the card, since the driver had read no slot: all were full, and it is to drop what finds them so.</summary>
    public long DroppedFull { get; init; }

    /// <summary>Dropped by the card, whose FIFO was full: a transfer was under way, or it held chunks back until a slot is given back.</summary>
    public long DroppedInFifo { get; init; }

    /// <summary>Dropped by the card as it was stopped, reset or failed.</summary>
    public long DroppedStopped { get; init; }

    /// <summary>Copied, and refused by a cyclic buffer that was full.</summary>
    public long Refused { get; init; }

    /// <summary>In the DMA buffer, uncopied, when the driver gave it up to start the card anew.</summary>
    public long Abandoned { get; init; }

    /// <summary>Destroyed while the driver copied them, and handed on all the same.</summary>
    public long Torn { get; init; }

    /// <summary>Handed on with a wrong checksum, torn ones included if they have one.</summary>
    public long Corrupt { get; init; }

    /// <summary>What a driver counts as lost whose data are no chunks.</summary>
    public long Other { get; init; }

    /// <summary>Handed on, and not as the card made them.</summary>
    public long Damaged => Math.Max(Torn, Corrupt);

    /// <summary>All of them.</summary>
    public long Lost => Overwritten + DroppedFull + DroppedInFifo + DroppedStopped + Refused + Abandoned + Damaged + Other;
}
