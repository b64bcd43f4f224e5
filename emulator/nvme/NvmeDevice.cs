using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Nvme;

/// <summary>
/// A small NVM Express controller (NVM Express Base Specification 1.2) with one namespace in memory: what a driver that nobody here wrote, the
/// kernel's own, needs to find a disk. Section numbers are those of that revision. It is longer than <c>edu</c> and <c>endpoint-test</c> by what
/// such a driver will not do without: queues that it creates itself, a dozen commands with their refusals, and what the controller says of itself.
/// </summary>
public sealed class NvmeDevice : ICard
{
    /// <summary>Bytes of the namespace.</summary>
    public const int Capacity = 16 << 20;

    private const uint RegisterBytes = 0x2000, Doorbells = 0x1000;
    private const uint Enable = 1, ShutdownNotification = 3 << 14;
    private const uint Ready = 1, FatalStatus = 1 << 1, ShutdownComplete = 2 << 2;

    private readonly NvmeController controller;
    private readonly Register status, adminSizes;
    private readonly RegisterPair adminSubmission, adminCompletion;

    public NvmeDevice(IDevicePort port)
    {
        controller = new NvmeController(port, new byte[Capacity], Failed);
        var set = new RegisterSet();
        set.Declare("CAP_LO", 0x00, "Controller capabilities, bits 31..0")
            .Field(0, 16, "MQES", RO, "entries of the longest queue, less one", NvmeController.LongestQueue - 1)
            .Flag(16, "CQR", RO, "queues lie in one piece", reset: true).Field(17, 2, "AMS", RO, "round robin alone").Reserved(19, 5)
            .Field(24, 8, "TO", RO, "longest time to become ready, in units of 500 ms", 2);
        set.Declare("CAP_HI", 0x04, "Controller capabilities, bits 63..32")
            .Field(0, 4, "DSTRD", RO, "doorbells lie close").Flag(4, "NSSRS", RO, "no subsystem reset")
            .Flag(5, "CSS_NVM", RO, "NVM commands", reset: true)
            .Field(6, 10, "CSS_OTHER", RO, "no others").Field(16, 4, "MPSMIN", RO, "pages of 4 KiB").Field(20, 4, "MPSMAX", RO, "pages of 4 KiB")
            .Reserved(24, 8);
        set.Declare("VS", 0x08, "Version").Field(0, 32, "VERSION", RO, "1.2", 0x0001_0200);
        set.Declare("INTMS", 0x0C, "Interrupt mask set").Field(0, 32, "VECTORS", WO, "of no effect: MSI and MSI-X have masks of their own");
        set.Declare("INTMC", 0x10, "Interrupt mask clear").Field(0, 32, "VECTORS", WO, "of no effect, as INTMS");
        set.Declare("CC", 0x14, "Controller configuration")
            .Flag(0, "EN", RW, "1: the controller runs; 0: it is reset").Reserved(1, 3).Field(4, 3, "CSS", RW, "0: NVM commands")
            .Field(7, 4, "MPS", RW, "0: pages of 4 KiB").Field(11, 3, "AMS", RW, "0: round robin").Field(14, 2, "SHN", RW, "1, 2: shut down")
            .Field(16, 4, "IOSQES", RW, "size of a submission queue's entry, as a power of two")
            .Field(20, 4, "IOCQES", RW, "size of a completion queue's entry, as a power of two").Reserved(24, 8)
            .OnWrite(Configured);
        status = set.Declare("CSTS", 0x1C, "Controller status")
            .Flag(0, "RDY", RO, "commands are taken").Flag(1, "CFS", RO, "fatal: host memory could not be reached")
            .Field(2, 2, "SHST", RO, "2: shut down").Reserved(4, 28);
        adminSizes = set.Declare("AQA", 0x24, "Admin queue attributes")
            .Field(0, 12, "ASQS", RW, "entries of the submission queue, less one").Reserved(12, 4)
            .Field(16, 12, "ACQS", RW, "entries of the completion queue, less one").Reserved(28, 4);
        adminSubmission = set.Declare(RegisterPair.Address("ASQ", 0x28, "Admin submission queue"));
        adminCompletion = set.Declare(RegisterPair.Address("ACQ", 0x30, "Admin completion queue"));
        for (var queue = 0; queue < NvmeController.Queues; queue++)
        {
            var number = queue;
            set.Declare($"SQ{queue}TDBL", Doorbells + 8 * (uint)queue, "Submission queue tail doorbell")
                .Field(0, 16, "TAIL", WO, "the entry behind the last").Reserved(16, 16)
                .OnWrite(write => controller.RingSubmission(number, (int)write.Ones));
            set.Declare($"CQ{queue}HDBL", Doorbells + 8 * (uint)queue + 4, "Completion queue head doorbell")
                .Field(0, 16, "HEAD", WO, "the entry behind those taken").Reserved(16, 16)
                .OnWrite(write => controller.RingCompletion(number, (int)write.Ones));
        }
        Registers = new RegisterFile(RegisterBytes, set.Declared);
    }

    /// <summary>What it is to the bus: mass storage, NVM Express.</summary>
    public static DeviceIdentity Identity { get; } = new()
    {
        Name = "nvme", VendorId = 0xFDA0, DeviceId = 0xDA02, Revision = 1, ClassCode = 0x010802, SubsystemVendorId = 0xFDA0, SubsystemId = 2,
        Bars = [new BarRequest(1 << 14, Is64Bit: true)], MsixEntries = NvmeController.Queues,
    };

    public RegisterFile Registers { get; }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics => [.. controller.Statistics, .. Registers.Statistics];

    public void Reset()
    {
        controller.Reset();
        Registers.Reset();
    }

    public void Dispose()
    {
        // Holds nothing that has an end.
    }

    private void Configured(RegisterWrite write)
    {
        var changed = write.Before ^ write.After;
        if ((changed & Enable) != 0)
        {
            controller.Reset();
            status.Value = 0;
            if ((write.After & Enable) != 0)
            {
                controller.Start(adminSubmission.Value, (int)(adminSizes.Value & 0xFFF) + 1,
                    adminCompletion.Value, (int)(adminSizes.Value >> 16 & 0xFFF) + 1);
                status.Value = Ready;
            }
        }
        // 7.6.2: what was written is in memory that lasts as long as this process, so that nothing is to be done.
        if ((changed & write.After & ShutdownNotification) != 0) status.Value |= ShutdownComplete;
    }

    private void Failed() => status.Value |= FatalStatus;
}
