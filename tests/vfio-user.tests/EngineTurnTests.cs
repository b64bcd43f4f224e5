using Pcie.Control.Wire;
using Pcie.Emulator.Control;
using Pcie.Emulator.Faults;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures.Descriptors;
using Pcie.Pci;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests;

/// <summary>
/// A guest's accesses are answered on the thread on which they come, the card's events run on another, and whoever looks in is on a third: all of
/// them in turn.
/// </summary>
public sealed class EngineTurnTests
{
    private const ulong Base = 0x100_0000;
    private const int Accesses = 3000, Sessions = 4;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task AccessesEventsAndLookersTakeTurns(bool hasFile, bool isRecorded)
    {
        var folder = Directory.CreateTempSubdirectory("vfio-");
        try
        {
            using var server = new Server(StreamingCard.Design(), record: isRecorded ? Path.Combine(folder.FullName, "guest.tlps") : null);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var lookers = LookersOf(server.Card).Select(look => Task.Run(() =>
            {
                while (!over.IsCancellationRequested) look();
            }, TestContext.Current.CancellationToken)).ToList();
            try
            {
                for (var session = 0; session < Sessions; session++) Drive(server, hasFile);
            }
            finally
            {
                await over.CancelAsync();
            }
            await Task.WhenAll(lookers);
            server.ServesTheNext();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Drive(Server server, bool hasFile)
    {
        using var memory = new FileInMemory(StreamingCard.RingBytes);
        using (var client = server.Connect())
        {
            var scratch = server.Card.Peek(new RegisterName("SCRATCH", 0, 0)).Offset;
            client.OnCommand = message => message.Payload[..16];
            client.Enable();
            client.Map(Base, StreamingCard.RingBytes, descriptors: hasFile ? [memory.Number] : []);
            StreamingCard.Start(client, server, Base);
            var identity = client.ReadWord(0, 0);
            for (var i = 0; i < Accesses; i++)
            {
                Assert.Equal(identity, client.ReadWord(0, 0));
                if (i % 16 == 0) client.Post(0, scratch, (uint)i);
                if (i % 64 == 0) client.Write(Config, 0x3C, [(byte)(i / 64)]);
            }
            Assert.NotEqual(0ul, server.Counter("vfio-user.dma-bytes-written"));
        }
        Assert.NotEqual(LinkDownReason.ProtocolError, server.SessionEnds().Reason);
    }

    private static IEnumerable<Action> LookersOf(CardHost card) =>
    [
        () => card.Peek(new RegisterName("INT_CAUSE", 0, 0)),
        () => card.Poke(new RegisterName("SCRATCH", 0, 0), 7),
        () => card.TakeSnapshot(1),
        () => card.ReadConfig(),
        () => card.InjectFault(new InjectFaultRequest { Kind = FaultInjector.NameOf(FaultKind.MsiDuplicated), Count = 1 }),
    ];
}
