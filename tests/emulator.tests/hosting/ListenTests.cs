using System.Net.Sockets;
using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Emulator.Hosting;
using Pcie.Link.Grpc.Host;

namespace Pcie.Emulator.Tests.Hosting;

public sealed class ListenTests
{
    [Theory]
    [InlineData("http://0.0.0.0:0", "other machines")]
    [InlineData("http://192.0.2.1:5000", "other machines")]
    [InlineData("https://127.0.0.1:0", "--client-ca")]
    [InlineData("inproc:", "nothing to listen on")]
    public async Task WhatStrangersCouldReachIsRefused(string listen, string reason)
    {
        var refused = await Assert.ThrowsAsync<ListenRefusedException>(() => Loopback.StartAsync(listen));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APortThatIsTakenIsRefusedByName()
    {
        await using var first = await Loopback.StartAsync();

        var refused = await Assert.ThrowsAsync<ListenRefusedException>(() => Loopback.StartAsync(first.Address.ToString()));

        Assert.Contains($"Cannot listen on {first.Address}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AUnixSocketIsOnlyForItsUserAndIsRemovedAtTheEnd()
    {
        var path = SocketPath();
        await using (await Loopback.StartAsync($"unix:{path}"))
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task ASocketOfADeadProcessIsReplacedButALiveOneAndAnOrdinaryFileAreLeftAlone()
    {
        var path = SocketPath();
        LeaveSocketBehind(path);
        await using (await Loopback.StartAsync($"unix:{path}"))
        {
            var live = await Assert.ThrowsAsync<ListenRefusedException>(() => Loopback.StartAsync($"unix:{path}"));
            Assert.Contains("Another process listens", live.Message, StringComparison.Ordinal);
        }
        await File.WriteAllTextAsync(path, "precious", Loopback.Cancelled);

        var file = await Assert.ThrowsAsync<ListenRefusedException>(() => Loopback.StartAsync($"unix:{path}"));

        Assert.Contains("is no socket", file.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(path, Loopback.Cancelled));
        File.Delete(path);
    }

    [Fact]
    public async Task TheControlServiceAnswersAtTheSameAddressAndRefusesWithAReason()
    {
        await using var loopback = await Loopback.StartAsync();
        using var channel = HostConnector.OpenChannel(loopback.Address, TimeSpan.FromMinutes(1));
        var control = new CardControl.CardControlClient(channel);

        Assert.Equal(7u, control.Peek(new PeekRequest { Name = "ID" }, cancellationToken: Loopback.Cancelled).Value);
        Refused(StatusCode.NotFound, "There is no register NONE", new PeekRequest { Name = "NONE" });
        Refused(StatusCode.NotFound, "no BAR 6", new PeekRequest { Place = new RegisterPlace { Bar = 6 } });
        Refused(StatusCode.InvalidArgument, "not a multiple of 4", new PeekRequest { Place = new RegisterPlace { Offset = 2 } });
        Refused(StatusCode.InvalidArgument, "No register is named", new PeekRequest());

        void Refused(StatusCode code, string reason, PeekRequest request)
        {
            var status = Assert.Throws<RpcException>(() => control.Peek(request, cancellationToken: Loopback.Cancelled)).Status;
            Assert.Equal(code, status.StatusCode);
            Assert.Contains(reason, status.Detail, StringComparison.Ordinal);
        }
    }

    private static string SocketPath() => Path.Combine(Path.GetTempPath(), $"emulator-listen-{Guid.NewGuid():N}.sock");

    // A process that dies does not remove its socket; a socket that is moved away before it is closed cannot either.
    private static void LeaveSocketBehind(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + ".old"));
        File.Move(path + ".old", path);
    }
}
