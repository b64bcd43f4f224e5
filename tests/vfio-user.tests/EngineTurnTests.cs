using Pcie.Control.Wire;
using Pcie.Emulator.Control;
using Pcie.Emulator.Faults;
using Pcie.Fixtures.Descriptors;
using Pcie.Pci;
using Pcie.VfioUser.Tests.Fixtures;
using static Pcie.VfioUser.Tests.Fixtures.Client;

namespace Pcie.VfioUser.Tests;

/// <summary>
/// A guest's accesses are answered on the thread on which they come, the card's events run on another, and whoever looks in is on a third: all of them
/// in turn, whichever comes first, and whoever ends it.
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
            using var over = new CancellationTokenSource();
            var scratch = server.Card.Peek(new RegisterName("SCRATCH", 0, 0)).Offset;
            Task[] lookers = [.. new Action<int>[] { Peek, Poke, Look, Break }.Select(look => Task.Run(() => Repeat(look)))];
            for (var session = 0; session < Sessions; session++)
            {
                using var memory = new FileInMemory(StreamingCard.RingBytes);
                using (var client = server.Connect())
                {
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
            await over.CancelAsync();
            await Task.WhenAll(lookers);
            server.ServesTheNext();

            void Repeat(Action<int> look)
            {
                for (var i = 0; !over.IsCancellationRequested; i++)
                {
                    look(i);
                    Thread.Yield();
                }
            }

            void Peek(int i) => server.Register("INT_CAUSE");

            void Poke(int i) => server.Card.Poke(new RegisterName("SCRATCH", 0, 0), (uint)i);

            void Look(int i)
            {
                server.Card.TakeSnapshot((ulong)i);
                server.Config();
            }

            void Break(int i) => server.Card.InjectFault(new InjectFaultRequest { Kind = FaultInjector.NameOf(FaultKind.MsiDuplicated), Count = 1 });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
