using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq;

/// <summary>The register map of the data-acquisition card: BAR 0, 4 KiB. The declaration below is its data sheet.</summary>
public sealed class DaqRegisters
{
    /// <summary>Bytes of BAR 0.</summary>
    public const uint Size = 0x1000;

    /// <summary>"DAQ1" as ID shows it.</summary>
    public const uint IdValue = 0x44415131;

    /// <summary>Number of interrupt causes.</summary>
    public const int Causes = 6;

    /// <summary>The bits of all causes.</summary>
    public const uint AllCauses = (1u << Causes) - 1;

    /// <summary>DMA_STATUS: a transfer is running.</summary>
    public const uint Busy = 1 << 0;

    /// <summary>DMA_STATUS: a chunk waits in the FIFO.</summary>
    public const uint Holding = 1 << 1;

    /// <summary>DMA_STATUS: the source has no more chunks.</summary>
    public const uint SourceEnded = 1 << 2;

    /// <summary>DMA_STATUS: the list of descriptors has ended.</summary>
    public const uint ListEnded = 1 << 3;

    /// <summary>DMA_STATUS: scatter-gather has stopped at a wrong descriptor.</summary>
    public const uint Failed = 1 << 4;

    /// <summary>H2C_STATUS: host memory is being read.</summary>
    public const uint H2cBusy = 1 << 0;

    /// <summary>H2C_STATUS: everything has been handed on.</summary>
    public const uint H2cDone = 1 << 1;

    /// <summary>H2C_STATUS: lowest bit of ERROR.</summary>
    public const int H2cErrorShift = 8;

    private const int CausesPerMap = 4;

    // One cause a byte, so that a byte write moves one cause.
    private const int MapStride = 8;

    private static readonly (string Name, string Meaning)[] CauseBits =
    [
        ("DATA_READY", "a chunk reached host memory"),
        ("OVERRUN", "a chunk was overwritten, or dropped because every slot was unread"),
        ("DMA_ERROR", "the DMA core could not do what it was told"),
        ("FIFO_OVERFLOW", "a chunk was dropped because the FIFO was full"),
        ("LINK_ERROR", "a request of the card went wrong on the link"),
        ("TEST", "raised by INT_TEST only"),
    ];

    private readonly List<Register> all = [];
    private readonly Register[] moderation = new Register[InterruptModeration.Vectors];

    /// <param name="options">How the card is built: what read-only registers say, and some reset values.</param>
    public DaqRegisters(DaqCardOptions options)
    {
        Declare("ID", DaqOffset.Id, "What card this is").Field(0, 32, "MAGIC", RO, "\"DAQ1\"", IdValue);
        Declare("VERSION", DaqOffset.Version, "Version of this register map")
            .Field(0, 16, "MINOR", RO, "raised by additions", 1)
            .Field(16, 16, "MAJOR", RO, "raised by incompatible changes", 1);
        Declare("SCRATCH", DaqOffset.Scratch, "For software's own use").Field(0, 32, "VALUE", RW, "kept, without effect");

        IntCause = PerCause("INT_CAUSE", DaqOffset.IntCause, "Events since last cleared", W1C);
        IntEnable = PerCause("INT_ENABLE", DaqOffset.IntEnable, "Which causes may send messages", RW);
        IntRouting = Declare("INT_ROUTING", DaqOffset.IntRouting, "Which vector a cause goes to")
            .Flag(0, "PER_CAUSE", RW, "0: every cause on vector 0; 1: by VECTOR_MAP, folded to the messages granted")
            .Reserved(1, 31);
        IntPolicy = Declare("INT_POLICY", DaqOffset.IntPolicy, "When a message is sent, and when again")
            .Field(0, 3, "POLICY", RW, "0 per event, 1 on non-zero, 2 auto-mask, 3 auto-mask lossy, 4 level; others are refused",
                (uint)options.RearmPolicy)
            .Reserved(3, 29);
        Declare("INT_REARM", DaqOffset.IntRearm, "Unmasks vectors that their own message masked")
            .Field(0, 32, "VECTORS", WO, "a bit per vector");
        PerCause("INT_TEST", DaqOffset.IntTest, "Raises causes by software", WO);
        IntMasked = Declare("INT_MASKED", DaqOffset.IntMasked, "Vectors that their own message masked")
            .Field(0, 32, "VECTORS", RO, "a bit per vector");
        VectorMap0 = Map("VECTOR_MAP0", DaqOffset.VectorMap0, 0);
        VectorMap1 = Map("VECTOR_MAP1", DaqOffset.VectorMap1, CausesPerMap);
        Counter("INT_RAISED", DaqOffset.IntRaised, "Causes raised");
        Counter("INT_SENT", DaqOffset.IntSent, "Messages sent");
        Counter("INT_HELD", DaqOffset.IntHeld,
            "Raises held back: cause not enabled, message masked, or MSI or bus mastering off");
        Counter("INT_COLLAPSED", DaqOffset.IntCollapsed, "Raises that sent nothing because the same was pending already");

        for (var vector = 0u; vector < InterruptModeration.Vectors; vector++)
            moderation[vector] = Declare($"INT_MODERATION{vector}", DaqOffset.IntModeration + 4 * vector,
                    $"When raises on vector {vector} are passed on, one for all: after COUNT or MICROSECONDS, whichever is first")
                .Field(0, 8, "COUNT", RW, "raises; 0 or 1 with MICROSECONDS 0: each at once")
                .Reserved(8, 8)
                .Field(16, 16, "MICROSECONDS", RW, "time after the first raise; 0: COUNT alone decides");

        DmaControl = Declare("DMA_CONTROL", DaqOffset.DmaControl,
                "Starts and stops the DMA core; the other fields count when ENABLE goes from 0 to 1")
            .Flag(0, "ENABLE", RW,
                "setting it begins at slot 0 with head and tail 0; cleared by the card if the set-up is impossible")
            .Field(1, 2, "MODE", RW, "0 one buffer, 1 ping-pong, 2 ring, 3 scatter-gather")
            .Field(3, 2, "WHEN_FULL", RW,
                "0: the oldest chunk is overwritten; 1: the new one is dropped; 2: it waits in the FIFO until DMA_TAIL moves",
                (uint)options.WhenFull)
            .Reserved(5, 27);
        Declare("DMA_STATUS", DaqOffset.DmaStatus, "What the DMA core is doing")
            .Flag(0, "BUSY", RO, "a transfer is running")
            .Flag(1, "HOLDING", RO, "a chunk waits in the FIFO: for the transfer to end, or for a slot")
            .Flag(2, "SOURCE_ENDED", RO, "the source has no more chunks")
            .Flag(3, "LIST_ENDED", RO, "scatter-gather: a descriptor named no next one, and all before are used")
            .Flag(4, "FAILED", RO, "scatter-gather: DMA_ERROR says why it stopped; setting ENABLE anew begins anew")
            .Reserved(5, 27)
            .Live();
        DmaBase = Address("DMA_BASE", DaqOffset.DmaBase, "Bus address of slot 0, or of the first descriptor");
        DmaSlotSize = Declare("DMA_SLOT_SIZE", DaqOffset.DmaSlotSize, "Distance of two slots")
            .Field(0, 2, "ALIGNMENT", RO, "zero: DW-aligned")
            .Field(2, 30, "BYTES", RW, "bytes, in steps of 4: a chunk header of 32 and CHUNK_SIZE at the least");
        DmaSlotCount = Declare("DMA_SLOT_COUNT", DaqOffset.DmaSlotCount, "Slots of a ring, or places that descriptors name")
            .Field(0, 32, "SLOTS", RW, "1 to MAX_SLOTS");
        DmaHead = Declare("DMA_HEAD", DaqOffset.DmaHead, "Producer index")
            .Field(0, 32, "CHUNKS", RO, "chunks written since ENABLE, modulo 2^32");
        DmaTail = Declare("DMA_TAIL", DaqOffset.DmaTail, "Consumer index")
            .Field(0, 32, "CHUNKS", RW, "chunks consumed since ENABLE, modulo 2^32; going back, or beyond DMA_HEAD, is refused");
        StatusBase = Declare(new RegisterPair("STATUS_BASE", DaqOffset.StatusBase, "Bus address of the status block",
            low => low.Flag(0, "ENABLE", RW, "a status block is written before each message").Reserved(1, 1).Field(2, 30, "ADDRESS", RW, "bus address"),
            high => high.Field(0, 32, "ADDRESS", RW, "bus address")));
        Declare("MAX_SLOTS", DaqOffset.MaxSlots, "Longest ring").Field(0, 32, "SLOTS", RO, "slots", (uint)options.MaxSlots);

        DmaError = Declare("DMA_ERROR", DaqOffset.DmaError, "Why scatter-gather stopped")
            .Field(0, 8, "CODE", RO, "0 it has not, 1 descriptor not owned, 2 of no bytes, 3 misaligned, 4 too small for a chunk, "
                + "5 place unfinished, 6 unsupported request, 7 completer abort, 8 bus mastering off")
            .Reserved(8, 24);
        DmaErrorAddress = Declare(new RegisterPair("DMA_ERROR_ADDRESS", DaqOffset.DmaErrorAddress, "The descriptor that was wrong",
            "ADDRESS", RO, "bus address; 0 while DMA_ERROR is 0"));

        Declare("SOURCE_CONTROL", DaqOffset.SourceControl, "Starts and stops the data source")
            .Flag(0, "RUN", RW, "the source produces chunks")
            .Reserved(1, 31);
        Declare("CHUNK_SIZE", DaqOffset.ChunkSize, "Largest payload of a chunk")
            .Field(0, 32, "BYTES", RO, "bytes", (uint)options.ChunkSize);
        Declare("FIFO_CHUNKS", DaqOffset.FifoChunks, "Depth of the FIFO")
            .Field(0, 32, "CHUNKS", RO, "chunks, besides the one in transfer", (uint)options.FifoChunks);
        Declare("FIFO_LEVEL", DaqOffset.FifoLevel, "How full the FIFO is")
            .Field(0, 32, "CHUNKS", RO, "chunks that wait for a transfer")
            .Live();
        Counter("CHUNKS_PRODUCED", DaqOffset.ChunksProduced, "Chunks that the source produced");
        Counter("CHUNKS_WRITTEN", DaqOffset.ChunksWritten, "Chunks written to host memory");
        Counter("CHUNKS_OVERWRITTEN", DaqOffset.ChunksOverwritten, "Written chunks that were overwritten unconsumed");
        Counter("CHUNKS_DROPPED", DaqOffset.ChunksDropped, "Chunks that never reached host memory");
        Counter("DMA_TLPS", DaqOffset.DmaTlps, "TLPs that the bus would have carried for chunks, split at 4 KiB and at Max_Payload_Size");

        Declare("H2C_CONTROL", DaqOffset.H2cControl, "Starts and stops the reading of host memory, which comes back as chunks")
            .Flag(0, "START", WO, "reads H2C_LENGTH bytes from H2C_BASE on; refused while BUSY, or if that is nothing")
            .Flag(1, "ABORT", WO, "stops; what was read of a chunk is forgotten, and answers under way are ignored")
            .Reserved(2, 30);
        H2cStatus = Declare("H2C_STATUS", DaqOffset.H2cStatus, "What became of it")
            .Flag(0, "BUSY", RO, "host memory is being read, or waits for room in the FIFO")
            .Flag(1, "DONE", RO, "everything has been handed on")
            .Reserved(2, 6)
            .Field(8, 8, "ERROR", RO, "why it stopped: 0 it has not, 6 unsupported request, 7 completer abort, 8 bus mastering off")
            .Reserved(16, 16);
        H2cBase = Address("H2C_BASE", DaqOffset.H2cBase, "Bus address to read from");
        H2cLength = Declare("H2C_LENGTH", DaqOffset.H2cLength, "How much to read")
            .Field(0, 2, "ALIGNMENT", RO, "zero: whole DWs")
            .Field(2, 30, "BYTES", RW, "bytes, in steps of 4; they come back in chunks of CHUNK_SIZE, rounded down to a DW");
    }

    public Register H2cStatus { get; }
    public RegisterPair H2cBase { get; }
    public Register H2cLength { get; }
    public Register IntCause { get; }
    public Register IntEnable { get; }
    public Register IntRouting { get; }
    public Register IntPolicy { get; }
    public Register IntMasked { get; }
    public Register VectorMap0 { get; }
    public Register VectorMap1 { get; }
    public Register DmaControl { get; }
    public RegisterPair DmaBase { get; }
    public Register DmaSlotSize { get; }
    public Register DmaSlotCount { get; }
    public Register DmaHead { get; }
    public Register DmaTail { get; }
    public Register DmaError { get; }
    public RegisterPair DmaErrorAddress { get; }
    public RegisterPair StatusBase { get; }

    /// <summary>Every register.</summary>
    public IReadOnlyList<Register> All => all;

    /// <summary>What a cause's bit is called in INT_CAUSE.</summary>
    public static string NameOf(int cause) => CauseBits[cause].Name;

    /// <summary>INT_MODERATION of a vector.</summary>
    public Register Moderation(int vector) => moderation[vector];

    /// <summary>Field MODE of DMA_CONTROL.</summary>
    public DmaMode Mode => (DmaMode)(DmaControl.Value >> 1 & 3);

    /// <summary>Field WHEN_FULL of DMA_CONTROL.</summary>
    public WhenFull WhenFull => (WhenFull)(DmaControl.Value >> 3 & 3);

    /// <summary>The vector that the map gives a cause, before folding.</summary>
    public int MappedVector(int cause)
    {
        var map = cause < CausesPerMap ? VectorMap0 : VectorMap1;
        return (int)(map.Value >> cause % CausesPerMap * MapStride) & 0x1F;
    }

    /// <summary>Register and field that give a cause its vector.</summary>
    public string MapFieldOf(int cause) => $"{(cause < CausesPerMap ? VectorMap0 : VectorMap1).Name}.{CauseBits[cause].Name}";

    private Register Declare(string name, uint offset, string sentence)
    {
        var register = new Register(name, offset, sentence);
        all.Add(register);
        return register;
    }

    private Register PerCause(string name, uint offset, string sentence, Access access)
    {
        var register = Declare(name, offset, sentence);
        for (var cause = 0; cause < Causes; cause++)
            register.Flag(cause, CauseBits[cause].Name, access, CauseBits[cause].Meaning);
        return register.Reserved(Causes, 32 - Causes);
    }

    private Register Map(string name, uint offset, int firstCause)
    {
        var register = Declare(name, offset, "Vector of a cause, while INT_ROUTING says per cause");
        for (var place = 0; place < CausesPerMap; place++)
        {
            var cause = firstCause + place;
            var lowest = place * MapStride;
            if (cause < Causes)
                register.Field(lowest, 5, CauseBits[cause].Name, RW, "0 to 31, taken modulo the messages granted", (uint)cause);
            else register.Reserved(lowest, 5);
            register.Reserved(lowest + 5, MapStride - 5);
        }
        return register;
    }

    private RegisterPair Declare(RegisterPair pair)
    {
        all.AddRange([pair.Low, pair.High]);
        return pair;
    }

    private RegisterPair Address(string name, uint offset, string sentence) => Declare(new RegisterPair(name, offset, sentence,
        low => low.Field(0, 2, "ALIGNMENT", RO, "zero: DW-aligned").Field(2, 30, "ADDRESS", RW, "bus address"),
        high => high.Field(0, 32, "ADDRESS", RW, "bus address")));

    private void Counter(string name, uint offset, string sentence) => Declare(new RegisterPair(name, offset, $"{sentence}; since reset",
        low => low.Field(0, 32, "COUNT", RO, "reading it latches the high half").Live(), high => high.Field(0, 32, "COUNT", RO, "as latched")));
}
