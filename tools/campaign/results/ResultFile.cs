using System.Text;
using System.Text.Json;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Units;

namespace Pcie.Campaign.Results;

/// <summary>
/// A file of JSON lines, one for each unit, as they come. Content and seed name the unit, so that a campaign that is run again with the same file
/// goes on where it was; lines of other campaigns may be among them.
/// </summary>
public sealed class ResultFile : IDisposable
{
    private const string Schema = "unit/1";

    private readonly StreamWriter writer;

    private ResultFile(StreamWriter writer) => this.writer = writer;

    /// <summary>Opens a file, which is made if it is not there, and counts what is in it.</summary>
    /// <exception cref="FormatException">A line is no result, or two of one unit differ.</exception>
    /// <exception cref="IOException">It cannot be opened, or another program writes it.</exception>
    public static ResultFile Open(string path, CampaignPlan plan, CampaignResults results)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            Read(stream, path, plan, results);
            return new ResultFile(new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true });
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Writes a unit's line.</summary>
    public void Add(PlanRow row, UnitOutcome outcome)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("content", row.Content.Hash);
            json.WriteString("scenario", row.Scenario.Name);
            json.WriteString("design", row.Design.Change.Name);
            outcome.WriteMembers(json);
            json.WriteEndObject();
        }
        writer.Write(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length) + '\n');
    }

    public void Dispose() => writer.Dispose();

    private static void Read(FileStream stream, string path, CampaignPlan plan, CampaignResults results)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, false, 1 << 16, leaveOpen: true);
        var (whole, number) = (0L, 0);
        while (reader.ReadLine() is { } line)
        {
            number++;
            var end = whole + Encoding.UTF8.GetByteCount(line) + 1;
            // The last line was being written when the program ended: the unit is run again.
            if (end > stream.Length) break;
            whole = end;
            try
            {
                Count(line);
            }
            catch (Exception e) when (e is FormatException or JsonException)
            {
                throw new FormatException($"{path}:{number}: {e.Message}; expected a line that emu campaign wrote: choose another --out.");
            }
        }
        stream.SetLength(whole);
        stream.Position = whole;

        void Count(string line)
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("schema", out var schema)
                || schema.GetString() != Schema || !json.RootElement.TryGetProperty("content", out var content))
                throw new FormatException("no result of a unit");
            var outcome = UnitOutcome.Parse(json.RootElement);
            if (plan.Find(content.GetString()!, outcome.Seed) is not var (row, seed)) return;
            if (!results.Add(row, seed, outcome))
                throw new FormatException($"the unit {content.GetString()} with seed {outcome.Seed} is there a second time");
        }
    }
}
