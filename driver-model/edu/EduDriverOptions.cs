using Pcie.DriverModel.Framework;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Edu;

/// <summary>The design choices of the edu device's driver.</summary>
[Table("driver", "The driver of the edu device: it has factorials computed and memory copied by DMA there and back, both by interrupt and at once.")]
public sealed record EduDriverOptions
{
    [Key("factorials", "Whether it asks for 1!, 2!, … 12!, and again, one after the other.")]
    public bool Factorials { get; init; } = true;

    [Key("dma-bytes", "What it copies by DMA to the device's buffer and back, again and again, a multiple of 4; 0 for nothing.",
        Unit = Unit.Bytes, Min = 0, Max = EduRegister.BufferBytes)]
    public int DmaBytes { get; init; } = EduRegister.BufferBytes;

    [Key("period", "How often it asks for a factorial, at clock interrupts, if the last one has come; zero: for the next when the last has come.")]
    public Duration Period { get; init; }

    [Key("deadline", "A factorial that the DPC takes later than this after it was asked for is late, a loss; none is if left out.", Min = "1ns")]
    public Duration? Deadline { get; init; }

    [Key("timeout", "A request without an interrupt for this long: the driver looks itself, in steps of this length, and asks anew.", Min = "1ms")]
    public Duration Timeout { get; init; } = Duration.FromMilliseconds(500);

    [Key("isr-work", "Work of the ISR besides its register accesses.")]
    public Duration IsrWork { get; init; } = new(1_000);

    [Key("dpc-work", "Work of the DPC besides its register accesses.")]
    public Duration DpcWork { get; init; } = new(2_000);

    [Keys]
    public WdfDeviceOptions Device { get; init; } = new() { Name = "edu" };

    /// <exception cref="ScenarioException">The keys, which the table has given, do not go together.</exception>
    internal void Check(ScenarioTable table) =>
        table.Only("dma-bytes", DmaBytes % 4 == 0, $"{DmaBytes} is no multiple of 4; the device copies whole DWs");
}
