using Pcie.Pci;
using Pcie.Trace;

namespace Pcie.Emulator.Function;

/// <summary>
/// The function's interrupt line, INTA (PCI Express Base Specification 6.1.2): a message when it is asserted, another when it is deasserted. Bus
/// Master Enable does not concern it, for it is no memory request (7.5.1.1.3).
/// </summary>
/// <param name="link">Where messages go, as everything that the function sends.</param>
/// <param name="source">Of the function, in the trace.</param>
internal sealed class InterruptLine(ConfigurationSpace space, FunctionCounters counters, ITlpSender link, Tracer tracer, uint source)
{
    private bool wantsService;

    /// <summary>Whether it is asserted.</summary>
    public bool IsAsserted { get; private set; }

    /// <summary>Whether the host lets it through when the card wants service.</summary>
    public bool IsInUse => space is { Header: { HasInterruptLine: true, InterruptDisable: false }, MessagesEnabled: false, Power.IsD0: true };

    /// <inheritdoc cref="Device.IDevicePort.DriveLine"/>
    public void Drive(bool wantsService)
    {
        this.wantsService = wantsService;
        Update();
    }

    /// <summary>
    /// An enable changed. Interrupt Status tells of what Interrupt Disable holds back (7.5.1.1.4), and says nothing while messages are enabled, with
    /// which there is no line (7.7.1.2).
    /// </summary>
    public void Update()
    {
        space.Header.InterruptStatus = wantsService && space is { Header.HasInterruptLine: true, MessagesEnabled: false, Power.IsD0: true };
        var asserts = wantsService && IsInUse;
        if (asserts == IsAsserted) return;
        IsAsserted = asserts;
        if (asserts) counters.LineAssertions++;
        tracer.Record(TraceKind.InterruptLine, source, asserts ? 1 : 0);
        link.Send(Tlp.Message(asserts ? MessageCode.AssertIntA : MessageCode.DeassertIntA), default);
    }
}
