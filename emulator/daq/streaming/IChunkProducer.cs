namespace Pcie.Emulator.Daq.Streaming;

/// <summary>What makes the card's chunks come, and declares the registers of the source: a clock, or a stream from outside.</summary>
internal interface IChunkProducer
{
    /// <summary>Whether there are no more chunks.</summary>
    bool Ended { get; }

    /// <summary>Whether chunks come.</summary>
    bool IsRunning { get; }

    /// <summary>Bytes to the end; null if there is none.</summary>
    long? BytesLeft { get; }

    /// <summary>Chunks that were due by the wall clock and have not been made.</summary>
    ulong NotProduced { get; }

    void Reset();
}
