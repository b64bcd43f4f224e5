using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Time;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests.Commands;

/// <summary>REGION_READ: the guest's reads, as the function takes them.</summary>
public sealed class RegionReadTests
{
    [Fact]
    public void AllOfConfigurationSpaceIsReadAtOnce()
    {
        using var server = new Server(Server.Daq);
        using var client = server.Connect();

        Assert.Equal(server.Config(), client.Read(Config, 0, 4096));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(1, 2)]
    [InlineData(3, 6)]
    [InlineData(0x34, 4)]
    [InlineData(0xFFC, 4)]
    [InlineData(0xFFF, 1)]
    public void AnyBytesOfConfigurationSpaceCanBeRead(int offset, int count)
    {
        using var server = new Server(Server.Daq);
        using var client = server.Connect();

        Assert.Equal(server.Config()[offset..(offset + count)], client.Read(Config, (ulong)offset, count));
    }

    [Fact]
    public void AReadComesBehindWhatWasPostedBefore()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();

        for (var i = 0u; i < 1000; i++) client.Post(0, 4, i);

        Assert.Equal(~999u, client.ReadWord(0, 4));
    }

    // A card that is always late looks at its client between two events all the same.
    [Fact]
    public void ACardThatIsBehindItsClockAnswers()
    {
        using var server = new Server(CardDesign.Daq(new DaqCardOptions { Period = new Duration(100) }), timeScale: 100_000);
        using var client = server.Connect();
        client.Enable();
        client.Write(0, server.Card.Peek(new Emulator.Control.RegisterName("SOURCE_CONTROL", 0, 0)).Offset, 1u);

        for (var i = 0; i < 50; i++) Assert.Equal(0x4441_5131u, client.ReadWord(0, 0));

        Assert.True(server.Card.GetStatistics().Lateness.GreatestLagNs > 0);
    }

    [Fact]
    public void TwoRegistersAreReadAtOnceAndMoreOneByOne()
    {
        using var server = new Server(Server.Daq);
        using var client = server.Connect();
        client.Enable();
        var before = server.Counter("function.register-reads");

        var two = client.Read(0, 0, 8);
        var many = client.Read(0, 0, 64);

        Assert.Equal(two, many[..8]);
        Assert.Equal(before + 2 + 16, server.Counter("function.register-reads"));
        Assert.Equal(0ul, server.Counter("function.too-long"));
    }

    [Fact]
    public void WithoutMemorySpaceEnableReadsAreAllOnesAndCounted()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();
        client.Write(Config, 4, [4, 0]);

        client.Write(0, 4, 0u);
        Assert.Equal(uint.MaxValue, client.ReadWord(0, 0));

        Assert.Equal(2ul, server.Counter("function.undecoded"));
    }

    [Fact]
    public void InD3hotNothingButConfigurationAnswers()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();
        client.Write(Config, 0x44, [3, 0]);

        Assert.Equal(uint.MaxValue, client.ReadWord(0, 0));
        Assert.Equal(0x1234u, client.ReadWord(Config, 0) & 0xFFFF);
        client.Write(Config, 0x44, [0, 0]);
        Assert.Equal(1ul, server.Counter("function.power-resets"));
        client.Write(Config, 4, [6, 0]);
        Assert.Equal(0x0100_00EDu, client.ReadWord(0, 0));
    }

    [Fact]
    public void ABarWithoutAddressReadsAllOnes()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Write(Config, 4, [2, 0]);

        client.Write(0, 4, 0u);
        Assert.Equal(uint.MaxValue, client.ReadWord(0, 0));
        Assert.Equal(2ul, server.Counter("vfio-user.requests-unanswered"));
        Assert.Equal(0ul, server.Counter("function.register-reads"));
    }

    [Fact]
    public void AReadThatTheCardNeverAnswersIsAllOnes()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();
        server.Card.InjectFault(new Control.Wire.InjectFaultRequest { Kind = "no-completion" });

        Assert.Equal(uint.MaxValue, client.ReadWord(0, 0));

        Assert.Equal(0x0100_00EDu, client.ReadWord(0, 0));
        Assert.Equal(1ul, server.Counter("vfio-user.requests-unanswered"));
    }

    [Fact]
    public void AReadBeyondARegionOrNotWholeIsRefused()
    {
        using var server = new Server();
        using var client = server.Connect();
        client.Enable();

        client.Refused(22, RegionRead, Payload(0xFFFUL, Config, 2));
        client.Refused(22, RegionRead, Payload(0x1000UL, Config, 1));
        client.Refused(22, RegionRead, Payload((1UL << 20) - 2, 0, 4));
        client.Refused(22, RegionRead, Payload(ulong.MaxValue, 0, 4));
        client.Refused(22, RegionRead, Payload(0UL, 2, 4));
        client.Refused(22, RegionRead, Payload(0UL, 9, 4));
        client.Refused(22, RegionRead, Payload(0UL, 0, 0));
        client.Refused(7, RegionRead, Payload(0UL, 0, 4097));
        client.Refused(7, RegionRead, Payload(1UL, 0, 4096));
        client.Refused(7, RegionRead, Payload(0UL, 0, -1));
        BadForms.AreRefused(server, client, RegionRead, Payload(0UL, 0, 4));
        Assert.Equal(4096, client.Read(0, 0, 4096).Length);
    }

    [Fact]
    public void AClientThatIsGoneAtAnyByteLeavesNothingBehind()
    {
        using var server = new Server();

        BadForms.LeaveNothingWhenCutOff(server, RegionRead, Payload(0UL, Config, 4));
    }
}
