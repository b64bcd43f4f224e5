using System.Numerics;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Function.Capabilities;

/// <summary>
/// The MSI capability with 64-bit addresses and per-vector masking (PCI Express Base Specification 7.7.1): says what a message
/// looks like and which may go, and sends nothing itself.
/// </summary>
internal sealed class MsiCapability : IMessageCapability
{
    /// <summary>What Multiple Message Capable has room for (7.7.1.2).</summary>
    public const int MaxMessages = 32;

    private const uint CapabilityId = 0x05;
    private const uint Enable = 1u << 16;

    private readonly Register control;
    private readonly Register addressLow;
    private readonly Register addressHigh;
    private readonly Register data;
    private readonly Register mask;
    private readonly Register pending;
    private readonly int log2Capable;
    private readonly Field multipleMessageEnable;

    /// <param name="messages">Messages asked for: 1, 2, 4, 8, 16 or 32.</param>
    /// <param name="next">Offset of the next capability.</param>
    /// <param name="changed">Told when the enable, the grant or a mask changes.</param>
    /// <exception cref="ArgumentException">Any other number.</exception>
    public MsiCapability(int messages, uint next, Action changed)
    {
        if (messages is < 1 or > MaxMessages || !BitOperations.IsPow2(messages))
            throw new ArgumentException($"{messages} MSI messages asked for; expected 1, 2, 4, 8, 16 or 32.", nameof(messages));
        log2Capable = BitOperations.Log2((uint)messages);
        control = new Register("MSI_CONTROL", ConfigOffset.MsiControl, "MSI capability")
            .Field(0, 8, "CAPABILITY_ID", RO, "MSI", CapabilityId)
            .Field(8, 8, "NEXT_CAPABILITY", RO, "offset of the next one", next)
            .Flag(16, "MSI_ENABLE", RW, "the function may send messages")
            .Field(17, 3, "MULTIPLE_MESSAGE_CAPABLE", RO, "messages asked for, as a power of two", (uint)log2Capable)
            .Field(20, 3, "MULTIPLE_MESSAGE_ENABLE", RW,
                "messages granted, as a power of two; more than asked for counts as asked for")
            .Flag(23, "ADDRESS_64", RO, "64-bit addresses", reset: true)
            .Flag(24, "PER_VECTOR_MASKING", RO, "mask and pending bits are there", reset: true)
            .Reserved(25, 7)
            .OnChange(changed);
        multipleMessageEnable = control["MULTIPLE_MESSAGE_ENABLE"];
        addressLow = new Register("MSI_ADDRESS_LO", ConfigOffset.MsiAddressLow, "Where a message is written, bits 31..0")
            .Field(0, 2, "ALIGNMENT", RO, "zero: a message is one aligned DW")
            .Field(2, 30, "ADDRESS", RW, "bus address");
        addressHigh = new Register("MSI_ADDRESS_HI", ConfigOffset.MsiAddressHigh, "Where a message is written, bits 63..32")
            .Field(0, 32, "ADDRESS", RW, "bus address");
        data = new Register("MSI_DATA", ConfigOffset.MsiData, "What a message writes")
            .Field(0, 16, "DATA", RW, "with several messages granted, the low bits are replaced by the message number")
            .Reserved(16, 16);
        mask = PerMessage("MSI_MASK", ConfigOffset.MsiMask, messages, RW, "a message whose bit is set is held back").OnChange(changed);
        pending = PerMessage("MSI_PENDING", ConfigOffset.MsiPending, messages, RO,
            "the message was held back and will be sent when unmasked");
        Registers = [control, addressLow, addressHigh, data, mask, pending];
    }

    public IReadOnlyList<Register> Registers { get; }

    /// <summary>Messages granted by the host, 1 to 32; 0 while MSI is disabled.</summary>
    public int Granted => (control.Value & Enable) == 0
        ? 0
        : 1 << Math.Min((int)multipleMessageEnable.Of(control.Value), log2Capable);

    /// <summary>One address for all.</summary>
    public ulong AddressOf(int message) => (ulong)addressHigh.Value << 32 | addressLow.Value;

    /// <summary>The programmed data, its low bits replaced by the message number.</summary>
    public uint DataOf(int message) => data.Value & ~((uint)Granted - 1) | (uint)message;

    public bool IsMasked(int message) => (mask.Value >> message & 1) != 0;

    public bool IsPending(int message) => (pending.Value >> message & 1) != 0;

    public bool SetPending(int message)
    {
        var before = pending.Value;
        pending.Value |= 1u << message;
        return pending.Value != before;
    }

    public int TakeUnmasked()
    {
        var ready = pending.Value & ~mask.Value;
        if (ready == 0) return -1;
        var message = BitOperations.TrailingZeroCount(ready);
        pending.Value &= ~(1u << message);
        return message;
    }

    /// <summary>Forgets pending messages that are not granted any more.</summary>
    /// <returns>How many.</returns>
    public int ForgetUngranted()
    {
        var granted = Granted;
        if (granted is 0 or 32) return 0;
        var forgotten = pending.Value >> granted << granted;
        pending.Value &= ~forgotten;
        return BitOperations.PopCount(forgotten);
    }

    private static Register PerMessage(string name, uint offset, int messages, Access access, string meaning)
    {
        var register = new Register(name, offset, "One bit per message").Field(0, messages, "MESSAGES", access, meaning);
        return messages == 32 ? register : register.Reserved(messages, 32 - messages);
    }
}
