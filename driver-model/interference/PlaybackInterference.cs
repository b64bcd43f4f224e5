using Pcie.Playback;
using Pcie.Scenario;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.DriverModel.Interference;

/// <summary>What a real machine's processors did, in place of a model.</summary>
public sealed record PlaybackInterference : InterferenceOptions
{
    [Key("playback", "A recording of a real machine, played back: a file that `emu calibrate --playback` wrote; a relative path starts from the "
        + "folder of the file that says it. Only with a name and loop.", Excludes = "a playback has its own times and durations; leave it out")]
    public required string Path { get; init; }

    [Key("loop", "Whether the playback begins anew at its end. Only with a playback.", Elsewhere = "only a playback begins anew")]
    public bool Loop { get; init; }

    /// <summary>What is played: nothing, until the scenario's reader has loaded it from <see cref="Path"/>.</summary>
    public PlaybackFile File { get; init; } = new(1, new Duration(1), [], []);

    internal override int Vectors => File.Records.Where(record => record.Kind is IntervalKind.Isr or IntervalKind.Stall)
        .Select(record => (record.Kind, record.Source)).Distinct().Count();

    internal PlaybackFile Load(ScenarioTable table, int processors)
    {
        try
        {
            using var stream = new BufferedStream(System.IO.File.OpenRead(table.FilePath("playback")), 1 << 16);
            var playback = PlaybackFile.Read(stream);
            return playback.Processors <= processors ? playback
                : throw table.Refusal("playback",
                    $"{Path} is of a machine with {Counted.Of(playback.Processors, "processor")} and this one has {processors}; set processors in "
                        + "[host]");
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or InvalidDataException)
        {
            throw table.Refusal("playback", $"{Path} cannot be played: {e.Message}");
        }
    }
}
