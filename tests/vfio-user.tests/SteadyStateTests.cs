using Pcie.Emulator.Device;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Registers;
using Pcie.VfioUser.Tests.Fixtures;

namespace Pcie.VfioUser.Tests;

/// <summary>A guest's accesses allocate nothing in the emulator: in bytes, not in time.</summary>
public sealed class SteadyStateTests
{
    private const int Accesses = 500;

    [Fact]
    public void ReadingAndWritingRegistersAllocatesNothing()
    {
        using var server = new Server(Meter.Design);
        using var client = server.Connect();
        client.Enable();

        Access();
        var before = client.ReadWord(0, 0);
        Access();
        Assert.Equal(before, client.ReadWord(0, 0));

        void Access()
        {
            for (var i = 0u; i < Accesses; i++)
            {
                client.Write(0, 4, i);
                client.Post(0, 4, i + 1);
                Assert.Equal(i + 1, client.ReadWord(0, 4));
            }
        }
    }

    /// <summary>A register that reads as what the thread that serves the guest has allocated, and one to write.</summary>
    private sealed class Meter : ICard
    {
        public static CardDesign Design { get; } = new(
            new DeviceIdentity
            {
                Name = "meter", VendorId = 0x1234, DeviceId = 0x5678, ClassCode = 0xFF0000, SubsystemVendorId = 0x1234, SubsystemId = 1,
                Bars = [0x1000],
            }, _ => new Meter());

        public RegisterFile Registers { get; } = new(0x1000,
        [
            new Register("ALLOCATED", 0, "What this thread has allocated")
                .Field(0, 32, "BYTES", () => (uint)GC.GetAllocatedBytesForCurrentThread(), "modulo 2^32"),
            new Register("SCRATCH", 4, "For software's own use").Field(0, 32, "VALUE", Access.RW, "kept, without effect"),
        ]);

        public IEnumerable<KeyValuePair<string, ulong>> Statistics => [];

        public void Reset() => Registers.Reset();

        public void Dispose()
        {
            // Holds nothing that has an end.
        }
    }
}
