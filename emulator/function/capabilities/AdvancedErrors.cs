using System.Numerics;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Registers;
using Pcie.Pci;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Function.Capabilities;

/// <summary>
/// Advanced Error Reporting (PCI Express Base Specification 7.8.4): which errors there were, which of them count, how severe
/// they are, and the header of the packet that the first was about. Its registers keep their values through every reset but
/// power-on.
/// </summary>
internal sealed class AdvancedErrors
{
    private const uint CapabilityId = 0x0001;
    private const uint AdvisoryNonFatal = 1 << 13;
    private const int HeaderWords = 4;

    // Those that every function implements, besides those of FunctionError; and what is fatal unless software says otherwise
    // (7.8.4.4).
    private static readonly (int Bit, string Name, string Meaning, bool IsFatal)[] Errors =
    [
        (4, "DATA_LINK_PROTOCOL", "data link protocol error; never set here", true),
        (12, "POISONED_TLP", "poisoned packet; never set here", false),
        (14, "COMPLETION_TIMEOUT", "a read got no answer in time", false),
        (15, "COMPLETER_ABORT", "a request broke what the registers take", false),
        (16, "UNEXPECTED_COMPLETION", "a completion of no request", false),
        (18, "MALFORMED_TLP", "a packet that no rule allows", true),
        (20, "UNSUPPORTED_REQUEST", "a request that nobody takes", false),
    ];

    private static readonly (int Bit, string Name, string Meaning)[] CorrectableErrors =
    [
        (0, "RECEIVER", "receiver error; never set here"),
        (6, "BAD_TLP", "bad TLP; never set here"),
        (7, "BAD_DLLP", "bad DLLP; never set here"),
        (8, "REPLAY_ROLLOVER", "REPLAY_NUM rollover; never set here"),
        (12, "REPLAY_TIMEOUT", "replay timer timeout; never set here"),
        (13, "ADVISORY_NON_FATAL", "an uncorrectable error that is for another to judge"),
    ];

    private readonly Register status = Uncorrectable("UNCORRECTABLE_STATUS", ConfigOffset.UncorrectableStatus,
        "Uncorrectable errors since last cleared", W1C, _ => false);
    private readonly Register mask = Uncorrectable("UNCORRECTABLE_MASK", ConfigOffset.UncorrectableMask,
        "Uncorrectable errors that are neither logged nor reported", RW, _ => false);
    private readonly Register severity = Uncorrectable("UNCORRECTABLE_SEVERITY", ConfigOffset.UncorrectableSeverity,
        "Uncorrectable errors that are fatal", RW, isFatal => isFatal);
    private readonly Register correctableStatus = Correctable("CORRECTABLE_STATUS", ConfigOffset.CorrectableStatus,
        "Correctable errors since last cleared", W1C, 0);
    private readonly Register correctableMask = Correctable("CORRECTABLE_MASK", ConfigOffset.CorrectableMask,
        "Correctable errors that are not reported", RW, AdvisoryNonFatal);
    private readonly Register control = new Register(
            "ERROR_CONTROL", ConfigOffset.ErrorControl, "Advanced error capabilities and control")
        .Field(0, 5, "FIRST_ERROR", RO, "bit of the error whose header is logged, while its status bit is set")
        .Field(5, 27, "FEATURES", RO, "no ECRC, no multiple headers, no prefixes")
        .Sticky();
    private readonly Register[] headerLog = [.. Enumerable.Range(0, HeaderWords).Select(word =>
        new Register($"HEADER_LOG{word}", ConfigOffset.HeaderLog + 4 * (uint)word, "Header of the packet of the first error")
            .Field(0, 32, "BYTES", RO, "in order of the wire from bit 31 down").Sticky())];

    public AdvancedErrors()
    {
        // 6.2.4.2: clearing the status bit of the first error frees the pointer. Bit 0, which no error has, stands for no error; a masked
        // error may set the same status bit again without being the first.
        status.OnWrite(_ =>
        {
            if (!HasFirst) control.Value = 0;
        });
        Registers =
        [
            new Register("ADVANCED_ERRORS", ConfigOffset.AdvancedErrors, "Advanced Error Reporting capability")
                .Field(0, 16, "CAPABILITY_ID", RO, "Advanced Error Reporting", CapabilityId)
                .Field(16, 4, "VERSION", RO, "2", 2)
                .Field(20, 12, "NEXT_CAPABILITY", RO, "0: the last one"),
            status, mask, severity, correctableStatus, correctableMask, control, .. headerLog,
        ];
    }

    public IReadOnlyList<Register> Registers { get; }

    /// <summary>Whether software calls an error fatal.</summary>
    public bool IsFatal(FunctionError error) => (severity.Value & (uint)error) != 0;

    /// <summary>Records an error that is not advisory.</summary>
    /// <returns>Whether it is to be reported: it is not masked.</returns>
    public bool Record(FunctionError error, in Tlp packet)
    {
        Log(error, packet);
        return (mask.Value & (uint)error) == 0;
    }

    /// <summary>Records an advisory non-fatal error, in the order that 6.2.4.3 gives.</summary>
    /// <returns>Whether it is to be reported, as a correctable one: advisory errors are not masked.</returns>
    public bool RecordAdvisory(FunctionError error, in Tlp packet)
    {
        correctableStatus.Value |= AdvisoryNonFatal;
        if ((correctableMask.Value & AdvisoryNonFatal) != 0) return false;
        Log(error, packet);
        return true;
    }

    private bool HasFirst => (status.Value >> (int)control.Value & 1) != 0;

    // 6.2.4.2: the first error keeps the log until its status bit is cleared; a masked one sets its status bit and is not logged.
    private void Log(FunctionError error, in Tlp packet)
    {
        var isOccupied = HasFirst;
        status.Value |= (uint)error;
        if (isOccupied || (mask.Value & (uint)error) != 0) return;
        control.Value = (uint)BitOperations.Log2((uint)error);
        Span<uint> header = stackalloc uint[HeaderWords];
        // 7.8.4.8: a completion timeout has no packet to show.
        if (error == FunctionError.CompletionTimeout) header.Clear();
        else TlpHeader.Write(packet, header);
        for (var word = 0; word < HeaderWords; word++) headerLog[word].Value = header[word];
    }

    private static Register Uncorrectable(string name, uint offset, string sentence, Access access, Func<bool, bool> reset)
    {
        var register = new Register(name, offset, sentence);
        foreach (var (bit, error, meaning, isFatal) in Errors) register.Flag(bit, error, access, meaning, reset(isFatal));
        return Reserve(register, Errors.Select(e => e.Bit)).Sticky();
    }

    private static Register Correctable(string name, uint offset, string sentence, Access access, uint reset)
    {
        var register = new Register(name, offset, sentence);
        foreach (var (bit, error, meaning) in CorrectableErrors)
            register.Flag(bit, error, access, meaning, (reset >> bit & 1) != 0);
        return Reserve(register, CorrectableErrors.Select(e => e.Bit)).Sticky();
    }

    private static Register Reserve(Register register, IEnumerable<int> except)
    {
        foreach (var bit in Enumerable.Range(0, 32).Except(except)) register.Reserved(bit, 1);
        return register;
    }
}
