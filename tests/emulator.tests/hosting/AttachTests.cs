using Google.Protobuf;
using Grpc.Core;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Emulator.Tests.Hosting;

public sealed class AttachTests
{
    private static readonly TimeSpan Long = Loopback.Long;

    public static TheoryData<string> Media =>
    [
        "http://127.0.0.1:0",
        $"unix:{Path.Combine(Path.GetTempPath(), $"emulator-test-{Environment.ProcessId}.sock")}",
        $"shm:emulator-test-{Environment.ProcessId}",
    ];

    [Theory]
    [MemberData(nameof(Media))]
    public async Task AHostAttachesExchangesFramesAndDetaches(string listen)
    {
        await using var loopback = await Loopback.StartAsync(listen, device => Loopback.Serve(device, frame =>
        {
            var reply = device.Transport.Pool.Rent();
            reply.Add(Tlp.CompletionOf(frame[0], CompletionStatus.Successful), [1, 2, 3, 4]);
            device.Transport.Send(reply);
        }));
        using (var host = await loopback.ConnectAsync("first"))
        {
            Assert.Equal(0x1234u, host.Device.VendorId);
            for (ushort tag = 0; tag < 100; tag++)
            {
                var request = host.Pool.Rent();
                request.Add(Tlp.Request(TlpKind.MemoryRead, 0x1000, 4, tag), default);
                host.Send(request);
                var reply = host.Receive(Long)!;
                Assert.Equal(tag, reply[0].Tag);
                Assert.Equal<byte>([1, 2, 3, 4], reply.PayloadOf(reply[0]).ToArray());
                host.Pool.Return(reply);
            }
        }
        var (attachment, down) = loopback.TakeEnded();
        Assert.Equal("first", attachment.HostName);
        Assert.Equal(LinkDownReason.Detached, down.Reason);
        Assert.Equal(1, loopback.Attach.Counters[AttachOutcome.Detached]);
    }

    [Fact]
    public async Task ADetachedCardIsFreeForTheNextHostAndEpochsAreNotUsedTwice()
    {
        await using var loopback = await Loopback.StartAsync();
        for (ulong epoch = 1; epoch <= 3; epoch++)
        {
            using var host = await loopback.ConnectAsync();
            Assert.Equal(epoch, host.Epoch);
        }
    }

    [Fact]
    public async Task ASecondHostIsToldWhoOwnsTheCard()
    {
        await using var loopback = await Loopback.StartAsync();
        using var owner = await loopback.ConnectAsync("the owner");

        var refused = await Assert.ThrowsAsync<LinkRefusedException>(() => loopback.ConnectAsync("the second"));

        Assert.Contains("The card is owned by 'the owner' since 20", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, loopback.Attach.Counters[AttachOutcome.RefusedOwned]);
        Assert.Null(owner.Down);
    }

    public static TheoryData<StatusCode, string, AttachOutcome, Wire.HostMessage> BadHellos => new()
    {
        { StatusCode.FailedPrecondition, "speaks protocol 1.6, the host 2.0", AttachOutcome.RefusedVersion,
            Hello(h => h.Version = new Wire.ProtocolVersion { Major = 2 }) },
        { StatusCode.FailedPrecondition, "same major version", AttachOutcome.RefusedVersion, Hello(h => h.Version = null) },
        { StatusCode.FailedPrecondition, "Clock mode 0 is none", AttachOutcome.RefusedClockMode, Hello(h => h.ClockMode = 0) },
        { StatusCode.InvalidArgument, "control characters", AttachOutcome.RefusedHello, Hello(h => h.HostName = "a\nERROR the card burns") },
        { StatusCode.InvalidArgument, "it has 257", AttachOutcome.RefusedHello, Hello(h => h.HostName = new string('x', 257)) },
        { StatusCode.InvalidArgument, "must be 0 in wall-clock mode", AttachOutcome.RefusedHello, Hello(h => h.LatencyNs = 1) },
        { StatusCode.InvalidArgument, "free-running needs 1 to", AttachOutcome.RefusedHello,
            Hello(h => h.ClockMode = Wire.ClockMode.FreeRunning) },
        { StatusCode.InvalidArgument, "keep_alive_ms is 99; heartbeat needs 100 to 86400000", AttachOutcome.RefusedHello,
            Hello(h =>
            {
                h.Capabilities.Add("heartbeat");
                h.KeepAliveMs = 99;
            }) },
        { StatusCode.InvalidArgument, "The first message was a frame", AttachOutcome.RefusedHello,
            new() { Frame = new Wire.Frame() } },
        { StatusCode.InvalidArgument, "it must be HostHello", AttachOutcome.RefusedHello, new() { Detach = new Wire.Detach() } },
        { StatusCode.InvalidArgument, "it must be HostHello", AttachOutcome.RefusedHello, new() },
    };

    [Theory]
    [MemberData(nameof(BadHellos), DisableDiscoveryEnumeration = true)]
    public async Task AWrongHelloIsRefusedSayingWhy(StatusCode code, string reason, AttachOutcome outcome, Wire.HostMessage hello)
    {
        await using var loopback = await Loopback.StartAsync();
        using var host = loopback.ConnectBare();
        await host.SendAsync(hello);

        var refusal = await host.RefusalAsync();

        Assert.Equal(code, refusal.StatusCode);
        Assert.Contains(reason, refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(1, loopback.Attach.Counters[outcome]);
        Assert.Null(loopback.Attach.Owner);
    }

    [Fact]
    public async Task TheLowerMinorVersionIsInForce()
    {
        await using var loopback = await Loopback.StartAsync();
        using var host = loopback.ConnectBare();

        Assert.Equal(new Wire.ProtocolVersion { Major = 1, Minor = 6 }, (await host.AttachAsync()).Version);
    }

    // link.proto, rule 14.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AHostIsToldOfTheInterruptLineIfItAsksForThat(bool asks)
    {
        await using var loopback = await Loopback.StartAsync(run: attachment =>
        {
            var session = new DeviceSession(new Timeline(), attachment.Transport, new LinkSessionOptions(Pacing.WallClock, LatencyRange.Default));
            session.Send(Tlp.Message(MessageCode.AssertIntA), default);
            session.Send(Tlp.Request(TlpKind.MemoryRead, 0x1000, 4), default);
            session.Run(CancellationToken.None);
        });
        using var host = loopback.ConnectBare();
        var hello = BareHost.GoodHello;
        if (asks) hello.Capabilities.Add("intx");

        Assert.Equal(asks ? ["intx"] : [], (await host.AttachAsync(hello)).Capabilities);
        var tlps = (await host.ReceiveAsync()).Frame.Tlps;
        Assert.Equal(asks ? [Wire.TlpKind.Message, Wire.TlpKind.MemoryRead] : [Wire.TlpKind.MemoryRead], tlps.Select(tlp => tlp.Kind));
    }

    public static TheoryData<string, Wire.HostMessage> BadMessages => new()
    {
        { "Frame 2 came where 1 was due", Frame(f => f.Sequence = 2) },
        { "Frame of epoch 9", Frame(f => f.Epoch = 9) },
        { "TLP 0 of the frame (MemoryRead): address 0x1001 is not a multiple of 4", Frame(f => f.Tlps.Add(new Wire.Tlp
            { Kind = Wire.TlpKind.MemoryRead, Address = 0x1001, Length = 4, FirstBe = 15 })) },
        { "carries 3 bytes of payload, but must carry 4", Frame(f => f.Tlps.Add(new Wire.Tlp
            { Kind = Wire.TlpKind.MemoryWrite, Length = 4, FirstBe = 15, Payload = ByteString.CopyFrom(1, 2, 3) })) },
        { "where a frame was due", new() { Hello = BareHost.GoodHello } },
        { "where a frame was due", new() },
    };

    [Theory]
    [MemberData(nameof(BadMessages), DisableDiscoveryEnumeration = true)]
    public async Task AMessageThatBreaksTheProtocolEndsTheSessionSayingWhyAndTheCardIsFree(
        string reason, Wire.HostMessage message)
    {
        await using var loopback = await Loopback.StartAsync();
        using (var host = loopback.ConnectBare())
        {
            await host.AttachAsync();
            await host.SendAsync(message);

            var refusal = await host.RefusalAsync();

            Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
            Assert.Contains(reason, refusal.Detail, StringComparison.Ordinal);
        }
        Assert.Equal(LinkDownReason.ProtocolError, loopback.TakeEnded().Down.Reason);
        using var next = await loopback.ConnectAsync();
        Assert.Equal(2u, next.Epoch);
    }

    [Fact]
    public async Task ABareHostDetachesInGoodOrder()
    {
        await using var loopback = await Loopback.StartAsync();
        using var host = loopback.ConnectBare();
        await host.AttachAsync();
        await host.SendAsync(new Wire.HostMessage { Detach = new Wire.Detach() });

        Assert.Equal(Wire.DeviceMessage.MessageOneofCase.Detached, (await host.ReceiveAsync()).MessageCase);
        Assert.True(await host.IsEndedAsync());
    }

    [Fact]
    public async Task AHostThatGoesWithoutAWordIsASurpriseRemovalToTheDevice()
    {
        await using var loopback = await Loopback.StartAsync();
        var host = loopback.ConnectBare();
        await host.AttachAsync();
        host.Dispose();

        Assert.Equal(LinkDownReason.PeerGone, loopback.TakeEnded().Down.Reason);
        using var next = await loopback.ConnectAsync();
        Assert.Null(next.Down);
    }

    [Fact]
    public async Task AnEmulatorThatStopsIsASurpriseRemovalToTheHost()
    {
        var loopback = await Loopback.StartAsync();
        using var host = await loopback.ConnectAsync();
        await loopback.DisposeAsync();

        Assert.Null(host.Receive(Long));
        Assert.Equal(LinkDownReason.PeerGone, host.Down!.Reason);
        Assert.Contains("shutting down", host.Down.Message, StringComparison.Ordinal);
    }

    // What is on its way to a socket that is closed resets the connection, and takes along what the host has not read yet.
    [Fact]
    public async Task AHostThatIsSayingMuchStillHearsWhyTheEmulatorStops()
    {
        for (var i = 0; i < 5; i++)
        {
            using var busy = new ManualResetEventSlim();
            var loopback = await Loopback.StartAsync(run: device => Loopback.Serve(device, _ => busy.Set()));
            using var host = await loopback.ConnectAsync();
            var talking = Task.Run(() =>
            {
                while (host.Down is null)
                {
                    var frame = host.Pool.Rent();
                    frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x100000, 1 << 16)).Clear();
                    host.Send(frame);
                }
            }, Loopback.Cancelled);
            Assert.True(busy.Wait(Long, Loopback.Cancelled));
            await loopback.DisposeAsync();
            await talking.WaitAsync(Long, Loopback.Cancelled);

            Assert.Contains("shutting down", host.Down!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ACardThatFailsEndsItsSessionAndTheNextHostIsServed()
    {
        await using var loopback = await Loopback.StartAsync(run: device =>
        {
            if (device.Epoch == 1) throw new InvalidOperationException("a defect");
            Loopback.Sink(device);
        });
        using var host = await loopback.ConnectAsync();

        Assert.Null(host.Receive(Long));
        Assert.Contains("The card stopped", host.Down!.Message, StringComparison.Ordinal);
        using var next = await loopback.ConnectAsync();
        Assert.Null(next.Down);
    }

    [Fact]
    public async Task ACardWhoseFileIsNotWhatItWasEndsItsSessionSayingWhy()
    {
        await using var loopback = await Loopback.StartAsync(run: _ => throw new IOException("ten.bin was cut short"));
        using var host = await loopback.ConnectAsync();

        Assert.Null(host.Receive(Long));
        // By whose code, if it is not ours.
        Assert.Contains($"The card stopped: IOException in {nameof(AttachTests)}.", host.Down!.Message, StringComparison.Ordinal);
        Assert.EndsWith("ten.bin was cut short", host.Down.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bye\n17:00:00.000 FATAL", @"The host is gone: bye\u000a17:00:00.000 FATAL")]
    [InlineData(null, "… (1,744 characters more)")]
    public async Task AHostsReasonIsBoundedAndHasNoLinesOfItsOwn(string? reason, string told)
    {
        await using var loopback = await Loopback.StartAsync();
        using var bare = loopback.ConnectBare();
        var hello = BareHost.GoodHello;
        hello.Capabilities.Add("replay");
        await bare.AttachAsync(hello);

        await bare.SendAsync(new Wire.HostMessage { Detach = new Wire.Detach { Reason = reason ?? new string('x', 2_000) } });

        Assert.EndsWith(told, loopback.TakeEnded().Down.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMessageOfMegabytesThatIsNoFrameBreaksTheProtocolAndIsNotRepeated()
    {
        await using var loopback = await Loopback.StartAsync();
        using var bare = loopback.ConnectBare();
        await bare.AttachAsync();

        await bare.SendAsync(new Wire.HostMessage { Detach = new Wire.Detach { Reason = new string('x', 8_300_000) } });

        var (_, down) = loopback.TakeEnded();
        Assert.Equal(LinkDownReason.ProtocolError, down.Reason);
        Assert.InRange(down.Message.Length, 1, 200);
    }

    [Fact]
    public async Task ADeviceThatBreaksTheProtocolIsClosedByTheHostSayingWhy()
    {
        await using var loopback = await Loopback.StartAsync(run: device =>
        {
            var frame = device.Transport.Pool.Rent();
            frame.Add(Tlp.Request(TlpKind.ConfigRead, 0, 4), default);
            device.Transport.Send(frame);
            Loopback.Sink(device);
        });
        using var host = await loopback.ConnectAsync();

        Assert.Null(host.Receive(Long));
        Assert.Equal(LinkDownReason.ProtocolError, host.Down!.Reason);
        Assert.Contains("a device sends no configuration requests", host.Down.Message, StringComparison.Ordinal);
        Assert.NotEqual(LinkDownReason.Detached, loopback.TakeEnded().Down.Reason);
    }

    [Theory]
    [MemberData(nameof(Media))]
    public async Task BothSidesSendLargeFramesAtOnceWithoutDeadlock(string listen)
    {
        const int Frames = 60;
        await using var loopback = await Loopback.StartAsync(listen, device =>
        {
            SendAll(device.Transport);
            Loopback.Sink(device);
        });
        using var host = await loopback.ConnectAsync();
        SendAll(host);

        for (ulong i = 1; i <= Frames; i++)
        {
            var frame = host.Receive(Long)!;
            Assert.Equal(i, frame.Sequence);
            Assert.Equal(1 << 20, frame.PayloadLength);
            host.Pool.Return(frame);
        }

        static void SendAll(ILinkTransport side)
        {
            for (var i = 0; i < Frames; i++)
            {
                var frame = side.Pool.Rent();
                frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x100000, 1 << 20)).Fill((byte)i);
                side.Send(frame);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Media))]
    public async Task AHostThatLeavesFramesUntakenStillDetachesInGoodOrder(string listen)
    {
        await using var loopback = await Loopback.StartAsync(listen, device =>
        {
            while (device.Transport.Down is null)
            {
                var frame = device.Transport.Pool.Rent();
                frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x100000, 1 << 20)).Clear();
                device.Transport.Send(frame);
            }
        });
        using (var host = await loopback.ConnectAsync()) Assert.NotNull(host.Receive(Long));

        Assert.Equal(LinkDownReason.Detached, loopback.TakeEnded().Down.Reason);
    }

    [Fact]
    public async Task EitherProcessMayStartFirst()
    {
        var path = Path.Combine(Path.GetTempPath(), $"emulator-late-{Environment.ProcessId}.sock");
        var connecting = HostConnector.ConnectAsync(
            LinkUri.Parse($"unix:{path}"), new ConnectOptions("early", Pacing.WallClock, Duration.Zero), Loopback.Cancelled);
        Assert.False(connecting.IsCompleted);
        await using var loopback = await Loopback.StartAsync($"unix:{path}");

        using var host = await connecting.WaitAsync(Long, Loopback.Cancelled);
        Assert.Null(host.Down);
    }

    [Fact]
    public async Task AHostThatFindsNobodySaysWhereItLooked()
    {
        var options = new ConnectOptions("lonely", Pacing.WallClock, Duration.Zero) { Wait = TimeSpan.Zero };

        var nobody = await Assert.ThrowsAsync<TimeoutException>(
            () => HostConnector.ConnectAsync(LinkUri.Parse("unix:/nowhere/card.sock"), options, Loopback.Cancelled));

        Assert.Contains("No device answered at unix:/nowhere/card.sock", nobody.Message, StringComparison.Ordinal);
    }

    private static Wire.HostMessage Hello(Action<Wire.HostHello> change)
    {
        var hello = BareHost.GoodHello;
        change(hello);
        return new Wire.HostMessage { Hello = hello };
    }

    private static Wire.HostMessage Frame(Action<Wire.Frame> change)
    {
        var frame = new Wire.Frame { Epoch = 1, Sequence = 1 };
        change(frame);
        return new Wire.HostMessage { Frame = frame };
    }
}
