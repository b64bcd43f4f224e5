using Grpc.Health.V1;
using Grpc.HealthCheck;
using Grpc.Reflection;
using Microsoft.AspNetCore.Routing;
using Pcie.Control.Wire;
using Pcie.Link.Grpc.Wire;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// What gRPC's own tools ask of any server: which services and messages it has (<c>grpc.reflection</c>), and whether it serves (<c>grpc.health</c>).
/// They are behind the same certificates as the link.
/// </summary>
internal static class WellKnownServices
{
    private static readonly ServiceDescriptor[] Described = [PcieLink.Descriptor, CardControl.Descriptor, Health.Descriptor];

    public static void Add(IServiceCollection services)
    {
        var health = new HealthServiceImpl();
        // The server as a whole has no name.
        foreach (var name in Described.Select(service => service.FullName).Prepend(""))
            health.SetStatus(name, HealthCheckResponse.Types.ServingStatus.Serving);
        services.AddSingleton(health);
        services.AddSingleton(new ReflectionServiceImpl(Described));
        services.AddSingleton(new ReflectionV1ServiceImpl(Described));
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<HealthServiceImpl>();
        routes.MapGrpcService<ReflectionServiceImpl>();
        routes.MapGrpcService<ReflectionV1ServiceImpl>();
    }
}
