using Grpc.Health.V1;
using Grpc.HealthCheck;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Pcie.Telemetry;

/// <summary>
/// What gRPC's own tools ask of any server: which services and messages it has (<c>grpc.reflection</c>), and whether it serves (<c>grpc.health</c>).
/// They are behind the same certificates as the services that they tell of.
/// </summary>
public static class WellKnownServices
{
    /// <param name="served">The server's own services.</param>
    public static void Add(IServiceCollection services, params IEnumerable<ServiceDescriptor> served)
    {
        ServiceDescriptor[] described = [.. served, Health.Descriptor];
        var health = new HealthServiceImpl();
        // The server as a whole has no name.
        foreach (var name in described.Select(service => service.FullName).Prepend(""))
            health.SetStatus(name, HealthCheckResponse.Types.ServingStatus.Serving);
        services.AddSingleton(health);
        services.AddSingleton(new ReflectionServiceImpl(described));
        services.AddSingleton(new ReflectionV1ServiceImpl(described));
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<HealthServiceImpl>();
        routes.MapGrpcService<ReflectionServiceImpl>();
        routes.MapGrpcService<ReflectionV1ServiceImpl>();
    }
}
