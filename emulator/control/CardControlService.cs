using Grpc.Core;
using Pcie.Control.Watching;
using Pcie.Control.Wire;

namespace Pcie.Emulator.Control;

/// <summary>The service CardControl of control.proto.</summary>
public sealed class CardControlService(ICardInspector inspector) : CardControl.CardControlBase, IDisposable
{
    private const int BarCount = 6;

    private readonly SnapshotFeed<CardSnapshot> feed = new(inspector.TakeSnapshot);

    /// <inheritdoc/>
    public override Task<CardDescription> Describe(DescribeRequest request, ServerCallContext context) =>
        Task.FromResult(inspector.Describe());

    /// <inheritdoc/>
    public override Task<RegisterValue> Peek(PeekRequest request, ServerCallContext context) =>
        Answer(() => inspector.Peek(NameOf(request.HasName ? request.Name : null, request.Place)));

    /// <inheritdoc/>
    public override Task<RegisterValue> Poke(PokeRequest request, ServerCallContext context) =>
        Answer(() => inspector.Poke(
            NameOf(request.HasName ? request.Name : null, request.Place), request.Value));

    /// <inheritdoc/>
    public override Task<ConfigSpace> ReadConfig(ReadConfigRequest request, ServerCallContext context) =>
        Task.FromResult(inspector.ReadConfig());

    /// <inheritdoc/>
    public override Task<Statistics> GetStatistics(StatisticsRequest request, ServerCallContext context) =>
        Task.FromResult(inspector.GetStatistics());

    /// <inheritdoc/>
    public override Task<InjectFaultReply> InjectFault(InjectFaultRequest request, ServerCallContext context) => Answer(() =>
    {
        inspector.InjectFault(request);
        return new InjectFaultReply();
    });

    /// <inheritdoc/>
    public override async Task GetTrace(
        TraceRequest request, IServerStreamWriter<TraceBlock> responseStream, ServerCallContext context)
    {
        foreach (var block in inspector.GetTrace())
            await responseStream.WriteAsync(block, context.CancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task Watch(WatchRequest request, IServerStreamWriter<CardSnapshot> responseStream, ServerCallContext context) =>
        feed.ServeAsync(responseStream, context.CancellationToken);

    /// <summary>Ends the calls of those who follow.</summary>
    public void Dispose() => feed.Dispose();

    private static RegisterName NameOf(string? name, RegisterPlace? place)
    {
        if (name is not null) return new RegisterName(name, 0, 0);
        if (place is null)
            throw new CardInspectionException(false, "No register is named: give its name, or its place by BAR and offset.");
        if (place.Bar >= BarCount)
            throw new CardInspectionException(true, $"There is no BAR {place.Bar}; BARs are 0 to {BarCount - 1}.");
        if (place.Offset % 4 != 0) throw new CardInspectionException(false, $"Offset 0x{place.Offset:X} is not a multiple of 4.");
        return new RegisterName(null, (int)place.Bar, place.Offset);
    }

    private static Task<T> Answer<T>(Func<T> inspect)
    {
        try
        {
            return Task.FromResult(inspect());
        }
        catch (CardInspectionException e)
        {
            throw new RpcException(new Status(e.IsMissing ? StatusCode.NotFound : StatusCode.InvalidArgument, e.Message));
        }
    }
}
