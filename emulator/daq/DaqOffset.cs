namespace Pcie.Emulator.Daq;

/// <summary>Where the registers stand in BAR 0. A counter is a pair: its low half here, its high half 4 bytes further.
/// INT_MODERATION is an array, of a register for each vector.</summary>
public static class DaqOffset
{
    public const uint Id = 0x000;
    public const uint Version = 0x004;
    public const uint Scratch = 0x008;
    public const uint IntCause = 0x020;
    public const uint IntEnable = 0x024;
    public const uint IntRouting = 0x028;
    public const uint IntPolicy = 0x02C;
    public const uint IntRearm = 0x030;
    public const uint IntTest = 0x034;
    public const uint IntMasked = 0x038;
    public const uint VectorMap0 = 0x040;
    public const uint VectorMap1 = 0x044;
    public const uint IntRaised = 0x050;
    public const uint IntSent = 0x058;
    public const uint IntHeld = 0x060;
    public const uint IntCollapsed = 0x068;
    public const uint IntModeration = 0x080;
    public const uint DmaControl = 0x100;
    public const uint DmaStatus = 0x104;
    public const uint DmaBase = 0x108;
    public const uint DmaBaseHigh = 0x10C;
    public const uint DmaSlotSize = 0x110;
    public const uint DmaSlotCount = 0x114;
    public const uint DmaHead = 0x118;
    public const uint DmaTail = 0x11C;
    public const uint StatusBase = 0x120;
    public const uint StatusBaseHigh = 0x124;
    public const uint MaxSlots = 0x128;
    public const uint DmaError = 0x12C;
    public const uint DmaErrorAddress = 0x130;
    public const uint DmaErrorAddressHigh = 0x134;
    public const uint SourceControl = 0x140;
    public const uint ChunkSize = 0x144;
    public const uint FifoChunks = 0x148;
    public const uint FifoLevel = 0x14C;
    public const uint ChunksProduced = 0x180;
    public const uint ChunksWritten = 0x188;
    public const uint ChunksOverwritten = 0x190;
    public const uint ChunksDropped = 0x198;
    public const uint DmaTlps = 0x1A0;
    public const uint H2cControl = 0x1C0;
    public const uint H2cStatus = 0x1C4;
    public const uint H2cBase = 0x1C8;
    public const uint H2cBaseHigh = 0x1CC;
    public const uint H2cLength = 0x1D0;
}
