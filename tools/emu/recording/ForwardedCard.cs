using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Emulator.Control;

namespace Pcie.Emu.Recording;

/// <summary>Another emulator's card, looked into through its control service. What that refuses is refused in its words.</summary>
internal sealed class ForwardedCard(CardControl.CardControlClient card) : ICardInspector
{
    private static DateTime Deadline => DateTime.UtcNow.AddSeconds(5);

    /// <inheritdoc/>
    public CardDescription Describe() => card.Describe(new DescribeRequest(), deadline: Deadline);

    /// <inheritdoc/>
    public RegisterValue Peek(RegisterName register) => card.Peek(register.Name is { } name
        ? new PeekRequest { Name = name } : new PeekRequest { Place = PlaceOf(register) }, deadline: Deadline);

    /// <inheritdoc/>
    public RegisterValue Poke(RegisterName register, ulong value) => card.Poke(register.Name is { } name
        ? new PokeRequest { Name = name, Value = value } : new PokeRequest { Place = PlaceOf(register), Value = value }, deadline: Deadline);

    /// <inheritdoc/>
    public ConfigSpace ReadConfig() => card.ReadConfig(new ReadConfigRequest(), deadline: Deadline);

    /// <inheritdoc/>
    public void InjectFault(InjectFaultRequest request) => card.InjectFault(request, deadline: Deadline);

    /// <inheritdoc/>
    public Statistics GetStatistics() => card.GetStatistics(new StatisticsRequest(), deadline: Deadline);

    /// <inheritdoc/>
    public CardSnapshot TakeSnapshot(ulong number)
    {
        using var call = card.Watch(new WatchRequest(), deadline: Deadline);
        if (!call.ResponseStream.MoveNext(CancellationToken.None).GetAwaiter().GetResult())
            throw new RpcException(new Status(StatusCode.Unavailable, "The card's emulator has stopped."));
        var snapshot = call.ResponseStream.Current;
        snapshot.Number = number;
        return snapshot;
    }

    /// <inheritdoc/>
    public IEnumerable<TraceBlock> GetTrace()
    {
        using var blocks = card.GetTrace(new TraceRequest());
        foreach (var block in blocks.ResponseStream.ReadAllAsync().ToBlockingEnumerable()) yield return block;
    }

    private static RegisterPlace PlaceOf(RegisterName register) => new() { Bar = (uint)register.Bar, Offset = register.Offset };
}
