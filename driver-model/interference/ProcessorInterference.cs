using Pcie.DriverModel.Kernel;
using Pcie.Scenario;

namespace Pcie.DriverModel.Interference;

/// <summary>A source each of whose occurrences goes to a processor.</summary>
public abstract record ProcessorInterference : RecurringInterference
{
    [Key("processor", "The processor that its interrupts, timers or threads are on; all of them in turn if left out.",
        Min = 0, Below = "host.processors")]
    public int Processor { init => Processors = [value]; }

    /// <summary>None for all.</summary>
    [Key("processors", "Several of them, in turn, instead of processor.", Min = 0, Below = "host.processors")]
    public IReadOnlyList<int> Processors { get; init; } = [];

    internal override void Check(ScenarioTable table)
    {
        base.Check(table);
        table.Only("processors", !table.Has("processor"), "give either processor or processors");
        table.Only("processors", Processors.Count > 0, "a source needs a processor to be on");
        table.Only("processors", Processors.Distinct().Count() == Processors.Count, "a processor stands there twice");
    }

    /// <summary>What it has for each of its processors, in turn.</summary>
    private protected Turn<T> InTurn<T>(ModelledKernel kernel, Func<Processor, T> create) =>
        new([.. Processors.Count > 0 ? Processors.Select(number => create(kernel.Processors[number])) : kernel.Processors.Select(create)]);

    private protected Turn<Processor> InTurn(ModelledKernel kernel) => InTurn(kernel, processor => processor);
}
