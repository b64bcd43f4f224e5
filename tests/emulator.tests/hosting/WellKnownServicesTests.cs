using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Pcie.Link.Grpc.Host;

namespace Pcie.Emulator.Tests.Hosting;

/// <summary>What grpcurl and a health probe ask, over a channel to a real server.</summary>
public sealed class WellKnownServicesTests
{
    private const string Link = "pcie.link.v1.PcieLink", Control = "pcie.control.v1.CardControl";

    [Theory]
    [InlineData("")]
    [InlineData(Link)]
    [InlineData(Control)]
    public async Task AProbeHearsThatItServes(string service)
    {
        await using var server = await Loopback.StartAsync();
        using var channel = Channel(server);

        var answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service },
            cancellationToken: Loopback.Cancelled);

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
    }

    [Fact]
    public async Task AServiceThatIsNotThereIsNotFound()
    {
        await using var server = await Loopback.StartAsync();
        using var channel = Channel(server);

        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = "nobody" }, cancellationToken: Loopback.Cancelled));

        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task ReflectionNamesEveryServiceAndDescribesItsMessages()
    {
        await using var server = await Loopback.StartAsync();
        using var channel = Channel(server);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Loopback.Cancelled);

        var services = await AskAsync(call, new ServerReflectionRequest { ListServices = "" });
        var file = await AskAsync(call, new ServerReflectionRequest { FileContainingSymbol = Control });

        Assert.Equal(["grpc.health.v1.Health", Control, Link], services.ListServicesResponse.Service.Select(service => service.Name).Order());
        var described = file.FileDescriptorResponse.FileDescriptorProto
            .Select(bytes => Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(bytes));
        Assert.Contains(described, proto => proto.Service.Any(service => service.Name == "CardControl"));
    }

    private static GrpcChannel Channel(Loopback server) => HostConnector.OpenChannel(server.Address, TimeSpan.FromMinutes(1));

    private static async Task<ServerReflectionResponse> AskAsync(
        AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call, ServerReflectionRequest request)
    {
        await call.RequestStream.WriteAsync(request, Loopback.Cancelled);
        Assert.True(await call.ResponseStream.MoveNext(Loopback.Cancelled));
        return call.ResponseStream.Current;
    }
}
