using System.Text.Json;
using Pcie.Diagnosis.WhatIf;
using Pcie.Time;

namespace Pcie.Campaign.Units;

/// <summary>What a unit came to, which its content and seed decide: there is no time of the wall clock in it, and no name.</summary>
/// <param name="Digest">Of the run's events.</param>
/// <param name="Run">Null if it failed.</param>
/// <param name="Failure">Why it failed; null if it did not.</param>
public sealed record UnitOutcome(ulong Seed, string Digest, DesignRun? Run, string? Failure)
{
    /// <summary>As an object of JSON.</summary>
    public byte[] ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            WriteMembers(json);
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static UnitOutcome Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Parse(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new FormatException($"not the result of a unit: {e.Message}");
        }
    }

    /// <summary>Reads the members that <see cref="WriteMembers"/> wrote; there may be others.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    internal static UnitOutcome Parse(JsonElement json)
    {
        try
        {
            var (seed, digest) = (json.GetProperty("seed").GetUInt64(), json.GetProperty("digest").GetString()!);
            if (json.TryGetProperty("failure", out var failure)) return new UnitOutcome(seed, digest, null, failure.GetString());
            return new UnitOutcome(seed, digest, new DesignRun
            {
                Seed = seed, Simulated = Time("simulated_ns"), Lost = Number("lost"), Worst = Time("worst_ns"), Deadline = Time("deadline_ns"),
                Period = Time("period_ns"), Interrupts = Number("interrupts"), RegisterReads = Number("register_reads"),
                Waits = [.. json.GetProperty("waits_ns").EnumerateArray().Select(wait => new Duration(wait.GetInt64()))],
            }, null);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"not the result of a unit: {e.Message}");
        }

        long Number(string name) => json.GetProperty(name).GetInt64();

        Duration Time(string name) => new(Number(name));
    }

    /// <summary>Into an object, in snake case; times are nanoseconds.</summary>
    internal void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteNumber("seed", Seed);
        json.WriteString("digest", Digest);
        if (Run is null)
        {
            json.WriteString("failure", Failure);
            return;
        }
        json.WriteNumber("simulated_ns", Run.Simulated.Nanoseconds);
        json.WriteNumber("lost", Run.Lost);
        json.WriteNumber("worst_ns", Run.Worst.Nanoseconds);
        json.WriteNumber("deadline_ns", Run.Deadline.Nanoseconds);
        json.WriteNumber("period_ns", Run.Period.Nanoseconds);
        json.WriteNumber("interrupts", Run.Interrupts);
        json.WriteNumber("register_reads", Run.RegisterReads);
        json.WriteStartArray("waits_ns");
        foreach (var wait in Run.Waits) json.WriteNumberValue(wait.Nanoseconds);
        json.WriteEndArray();
    }
}
