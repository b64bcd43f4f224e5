using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Function.Capabilities;

/// <summary>
/// The PCI Express capability of an endpoint (PCI Express Base Specification 7.5.3), version 2: sizes, error reporting,
/// function-level reset. What it says of the link (8 GT/s, four lanes) is for software to read; the link here has no speed but
/// what cards and latency say.
/// </summary>
internal sealed class ExpressCapability
{
    private const uint CapabilityId = 0x10;
    private const uint InitiateFunctionLevelReset = 1u << 15;
    private const int SmallestSize = 128;

    private const uint ExtendedTagEnable = 1 << 8;

    // Of Link Control: Read Completion Boundary, Common Clock Configuration, Extended Synch.
    private const uint OfTheLink = 1 << 3 | 1 << 6 | 1 << 7;

    // As exponents over 128 bytes: 512 at most for a payload, 4096 for a read request.
    private const uint PayloadSupported = 2;
    private const uint LongestReadRequest = 5;

    private readonly Register control;

    private readonly Register linkControl = new Register("LINK_CONTROL", ConfigOffset.LinkControl, "Link Control and Link Status")
        .Field(0, 2, "ASPM_CONTROL", RO, "none")
        .Reserved(2, 1)
        .Flag(3, "READ_COMPLETION_BOUNDARY", RW, "kept for software; a read is answered by one completion")
        .Field(4, 2, "PORT_CONTROL", RO, "not a port")
        .Flag(6, "COMMON_CLOCK", RW, "kept for software")
        .Flag(7, "EXTENDED_SYNCH", RW, "kept for software")
        .Field(8, 8, "UNUSED_CONTROL", RO, "not a port")
        .Field(16, 4, "SPEED", RO, "3: 8 GT/s", 3)
        .Field(20, 6, "WIDTH", RO, "lanes", 4)
        .Field(26, 6, "PORT_STATUS", RO, "not a port");

    private readonly Field maxPayload;
    private readonly Field maxReadRequest;

    /// <param name="next">Offset of the next capability; 0 for the last.</param>
    /// <param name="isPending">Whether a request of the function waits for its completion.</param>
    /// <param name="reset">Told when Initiate Function Level Reset is written (6.6.2).</param>
    public ExpressCapability(uint next, Func<bool> isPending, Action reset)
    {
        control = new Register("DEVICE_CONTROL", ConfigOffset.DeviceControl, "Device Control and Device Status")
            .Flag(0, "CORRECTABLE_REPORTING_ENABLE", RW, "correctable errors are reported")
            .Flag(1, "NON_FATAL_REPORTING_ENABLE", RW, "non-fatal errors are reported")
            .Flag(2, "FATAL_REPORTING_ENABLE", RW, "fatal errors are reported")
            .Flag(3, "UNSUPPORTED_REQUEST_REPORTING_ENABLE", RW, "unsupported requests are reported as one of the above")
            .Flag(4, "RELAXED_ORDERING_ENABLE", RW, "kept for software; the function never asks for it", reset: true)
            .Field(5, 3, "MAX_PAYLOAD_SIZE", RW, "most bytes of a posted write, 128 << n; more than supported counts as supported")
            .Flag(8, "EXTENDED_TAG_ENABLE", RW, "256 reads may be in flight; without it 32", reset: true)
            .Flag(9, "PHANTOM_FUNCTIONS_ENABLE", RO, "none")
            .Flag(10, "AUX_POWER_ENABLE", RO, "none")
            .Flag(11, "NO_SNOOP_ENABLE", RW, "kept for software; the function never asks for it", reset: true)
            .Field(12, 3, "MAX_READ_REQUEST_SIZE", RW, "most bytes of a read, 128 << n; more than 4096 counts as 4096", 2)
            .Flag(15, "INITIATE_FUNCTION_LEVEL_RESET", WO, "resets the function")
            .Flag(16, "CORRECTABLE_ERROR_DETECTED", W1C, "a correctable error, or an advisory non-fatal one")
            .Flag(17, "NON_FATAL_ERROR_DETECTED", W1C, "a non-fatal error")
            .Flag(18, "FATAL_ERROR_DETECTED", W1C, "a fatal error")
            .Flag(19, "UNSUPPORTED_REQUEST_DETECTED", W1C, "an unsupported request")
            .Flag(20, "AUX_POWER_DETECTED", RO, "none")
            .Flag(21, "TRANSACTIONS_PENDING", isPending, "reads of host memory are in flight")
            .Reserved(22, 10)
            .OnWrite(write =>
            {
                if ((write.Ones & InitiateFunctionLevelReset) != 0) reset();
            });
        maxPayload = control["MAX_PAYLOAD_SIZE"];
        maxReadRequest = control["MAX_READ_REQUEST_SIZE"];
        Registers =
        [
            new Register("EXPRESS_CAPABILITIES", ConfigOffset.Express, "PCI Express capability")
                .Field(0, 8, "CAPABILITY_ID", RO, "PCI Express", CapabilityId)
                .Field(8, 8, "NEXT_CAPABILITY", RO, "0: the last one", next)
                .Field(16, 4, "VERSION", RO, "2", 2)
                .Field(20, 4, "TYPE", RO, "0: endpoint")
                .Flag(24, "SLOT", RO, "not a port")
                .Field(25, 5, "INTERRUPT_MESSAGE", RO, "message 0")
                .Reserved(30, 2),
            new Register("DEVICE_CAPABILITIES", ConfigOffset.DeviceCapabilities, "What the function can do")
                .Field(0, 3, "MAX_PAYLOAD_SUPPORTED", RO, "most bytes of a posted write, 128 << n", PayloadSupported)
                .Field(3, 2, "PHANTOM_FUNCTIONS", RO, "none")
                .Flag(5, "EXTENDED_TAG", RO, "tags of 8 bits", reset: true)
                .Field(6, 3, "L0S_LATENCY", RO, "no low-power link states")
                .Field(9, 3, "L1_LATENCY", RO, "no low-power link states")
                .Reserved(12, 3)
                .Flag(15, "ROLE_BASED_ERROR_REPORTING", RO, "yes", reset: true)
                .Reserved(16, 2)
                .Field(18, 8, "SLOT_POWER_VALUE", RO, "never set by the link")
                .Field(26, 2, "SLOT_POWER_SCALE", RO, "never set by the link")
                .Flag(28, "FUNCTION_LEVEL_RESET", RO, "yes", reset: true)
                .Reserved(29, 3),
            control,
            new Register("LINK_CAPABILITIES", ConfigOffset.LinkCapabilities, "What the link can do")
                .Field(0, 4, "MAX_SPEED", RO, "3: 8 GT/s", 3)
                .Field(4, 6, "MAX_WIDTH", RO, "lanes", 4)
                .Field(10, 2, "ASPM", RO, "none")
                .Field(12, 10, "PORT_FEATURES", RO, "none")
                .Flag(22, "ASPM_OPTIONALITY", RO, "ASPM is optional", reset: true)
                .Reserved(23, 1)
                .Field(24, 8, "PORT", RO, "port 0"),
            linkControl,
            new Register("DEVICE_CAPABILITIES_2", ConfigOffset.DeviceCapabilities2, "What the function can do, continued")
                .Field(0, 32, "FEATURES", RO, "none: the completion timeout is not programmable"),
            new Register("DEVICE_CONTROL_2", ConfigOffset.DeviceControl2, "Device Control 2")
                .Field(0, 32, "FEATURES", RO, "none"),
            new Register("LINK_CAPABILITIES_2", ConfigOffset.LinkCapabilities2, "What the link can do, continued")
                .Reserved(0, 1)
                .Field(1, 7, "SPEEDS", RO, "2.5, 5 and 8 GT/s", 7)
                .Reserved(8, 24),
            new Register("LINK_CONTROL_2", ConfigOffset.LinkControl2, "Link Control 2 and Link Status 2")
                .Field(0, 4, "TARGET_SPEED", RO, "3: 8 GT/s", 3)
                .Reserved(4, 13)
                .Field(17, 4, "EQUALIZATION", RO, "complete, in all three phases: the link is at 8 GT/s", 0xF)
                .Reserved(21, 11),
        ];
    }

    public IReadOnlyList<Register> Registers { get; }

    /// <summary>Most bytes of a posted write: 128, 256 or 512.</summary>
    public int MaxPayloadSize => SmallestSize << (int)Math.Min(maxPayload.Of(control.Value), PayloadSupported);

    /// <summary>Most bytes of a read: 128 to 4096.</summary>
    public int MaxReadRequestSize => SmallestSize << (int)Math.Min(maxReadRequest.Of(control.Value), LongestReadRequest);

    /// <summary>Reads that may be in flight, each with a tag of its own (7.5.3.4): tags of 8 bits need their enable.</summary>
    public int Tags => (control.Value & ExtendedTagEnable) != 0 ? 256 : 32;

    /// <summary>Whether errors of a kind are reported upstream; for an unsupported request its own enable counts too.</summary>
    public bool Reports(ReportEnable enable) => (control.Value & (uint)enable) != 0;

    /// <summary>Records a kind of error in Device Status (7.5.3.5: whether or not it is reported or masked).</summary>
    public void Record(DeviceError errors) => control.Value |= (uint)errors;

    /// <summary>
    /// Does something that resets the function, and leaves alone what function-level reset leaves alone (6.6.2): Max_Payload_Size,
    /// and what Link Control says of the link, which other functions of a device would share.
    /// </summary>
    public void ThroughFunctionLevelReset(Action reset)
    {
        var (kept, link) = (control.Value & maxPayload.Mask, linkControl.Value & OfTheLink);
        reset();
        control.Value |= kept;
        linkControl.Value |= link;
    }
}

/// <summary>Error reporting enables of Device Control (7.5.3.4), as their bits.</summary>
[Flags]
internal enum ReportEnable : uint
{
    Correctable = 1 << 0,
    NonFatal = 1 << 1,
    Fatal = 1 << 2,
    UnsupportedRequest = 1 << 3,
}

/// <summary>Kinds of errors in Device Status (7.5.3.5), as their bits.</summary>
[Flags]
internal enum DeviceError : uint
{
    Correctable = 1 << 16,
    NonFatal = 1 << 17,
    Fatal = 1 << 18,
    UnsupportedRequest = 1 << 19,
}
