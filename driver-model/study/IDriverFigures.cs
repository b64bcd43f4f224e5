namespace Pcie.DriverModel.Study;

/// <summary>What a driver says of itself in the report of a run. A driver of a <see cref="PlainDesign"/> may have it.</summary>
public interface IDriverFigures
{
    /// <summary>
    /// Counters by name, in the order in which a person asks for them; the first is what the driver moved. They are printed, stand in the JSON
    /// object, and a scenario can expect something of them: <c>"driver.NAME" = "&gt;= 1"</c>.
    /// </summary>
    IEnumerable<KeyValuePair<string, long>> Counters { get; }

    /// <summary>What was to be delivered and was not, or not whole: what one design is better than another by.</summary>
    long Lost => 0;

    /// <summary>What does not hold of the driver's own account, in words; null if it comes out. A run without it has failed.</summary>
    string? Imbalance => null;
}
