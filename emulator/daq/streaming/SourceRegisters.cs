using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>The registers that every source has.</summary>
internal static class SourceRegisters
{
    /// <param name="written">Told of writes of SOURCE_CONTROL.</param>
    /// <returns>SOURCE_CONTROL.</returns>
    public static Register Declare(RegisterSet set, DaqCardOptions options, Action<RegisterWrite> written)
    {
        var control = set.Declare("SOURCE_CONTROL", 0x140, "Starts and stops the data source")
            .Flag(0, "RUN", RW, "the source produces chunks")
            .Reserved(1, 31)
            .OnWrite(written);
        set.Declare("CHUNK_SIZE", 0x144, "Largest payload of a chunk").Field(0, 32, "BYTES", RO, "bytes", (uint)options.ChunkSize);
        return control;
    }
}
