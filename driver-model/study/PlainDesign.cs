using Pcie.Control;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Report;

namespace Pcie.DriverModel.Study;

/// <summary>A driver that is its callbacks and, if it is an <see cref="IDriverFigures"/>, its counters.</summary>
/// <param name="Device">How the framework sets up the driver's device.</param>
/// <param name="Make">Makes the driver, for each run a new one.</param>
/// <param name="Options">What it is made of: designs of equal options are equal, if <paramref name="Make"/> depends on nothing else.</param>
public sealed record PlainDesign(WdfDeviceOptions Device, Func<FunctionDriver> Make, object? Options = null) : DriverDesign
{
    public override WdfDeviceOptions Device { get; } = Device;

    public override Type ReportType => typeof(PlainReport);

    public override IDriverUnderStudy Build(Stream? output) => new UnderStudy(Make());

    public bool Equals(PlainDesign? other) =>
        other is not null && Device == other.Device && (Options is null ? Make == other.Make : Options.Equals(other.Options));

    public override int GetHashCode() => HashCode.Combine(Device, Options);

    private sealed class UnderStudy(FunctionDriver driver) : IDriverUnderStudy
    {
        public FunctionDriver Driver => driver;

        public long Progress => Figures?.Counters.Sum(counter => counter.Value) ?? 0;

        public bool IsDrained => true;

        public long Untaken => 0;

        public uint? ActivityRegister => null;

        public DeviceActivity ActivityOf(uint value) => default;

        private IDriverFigures? Figures => driver as IDriverFigures;

        public IEnumerable<KeyValuePair<string, long>> Counters => Figures?.Counters ?? [];

        public void StopSource()
        {
            // Nothing is known to flow.
        }

        // Its account is its own.
        public string? MissingFrom(CardStatistics? card) => null;

        public RunReport Report(WdfDevice device, CardStatistics? card) => new PlainReport
        {
            Driver = Figures?.Counters.ToDictionary() ?? [],
            Lost = Figures?.Lost ?? 0,
            Imbalance = Figures?.Imbalance,
            Accounted = Figures?.Imbalance is null,
            Events = Figures?.Counters.FirstOrDefault().Value ?? 0,
            IsrRegisterReads = device.IsrRegisterReads,
        };
    }
}
