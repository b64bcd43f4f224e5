using Pcie.Control.Wire;
using Pcie.Emulator.Faults;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Control;

/// <summary>Reads the fault that a request asks for.</summary>
internal static class FaultRequest
{
    /// <exception cref="CardInspectionException">There is no such kind, or a value is out of range.</exception>
    public static Fault Read(InjectFaultRequest request)
    {
        var kinds = Enum.GetValues<FaultKind>();
        var kind = kinds.FirstOrDefault(kind => FaultInjector.NameOf(kind) == request.Kind);
        if (kind == default)
            throw new CardInspectionException(false,
                $"There is no fault '{request.Kind}'; expected one of {string.Join(", ", kinds.Select(FaultInjector.NameOf))}.");
        if (request.Count > Fault.MaxCount)
            throw new CardInspectionException(false, $"A count of {request.Count}; expected {Fault.MaxCount} at the most.");
        if (request.DurationNs < 0) throw new CardInspectionException(false, $"A duration of {request.DurationNs} ns; expected 0 or more.");
        var fault = new Fault { Kind = kind, At = SimTime.Zero, Status = request.CompleterAbort ? CompletionStatus.CompleterAbort
            : CompletionStatus.UnsupportedRequest };
        if (request.Count > 0) fault = fault with { Count = (int)request.Count };
        return request.DurationNs > 0 ? fault with { Duration = new Duration(request.DurationNs) } : fault;
    }
}
