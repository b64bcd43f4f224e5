namespace Pcie.Registers;

/// <summary>What software may do with a field, and what that does.</summary>
/// <param name="IsReadable">Whether a read returns it; else it reads as zero, and reading has no effect.</param>
public readonly record struct FieldAccess(bool IsReadable, WriteEffect Write, ReadEffect Read = ReadEffect.None)
{
    private static readonly Dictionary<WriteEffect, string> Writes = new()
    {
        [WriteEffect.None] = "R", [WriteEffect.Stores] = "W", [WriteEffect.OneClears] = "W1C", [WriteEffect.OneSets] = "W1S",
        [WriteEffect.OneToggles] = "W1T", [WriteEffect.ZeroClears] = "W0C", [WriteEffect.ZeroSets] = "W0S", [WriteEffect.ZeroToggles] = "W0T",
        [WriteEffect.Clears] = "WC", [WriteEffect.Sets] = "WS", [WriteEffect.Once] = "W1",
    };

    // As data sheets and the register models of verification write them.
    private static readonly Dictionary<string, FieldAccess> Named = Every().ToDictionary(access => access.Name, StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["R"] = "RO", ["R/O"] = "RO", ["read-only"] = "RO", ["W"] = "WO", ["W/O"] = "WO", ["write-only"] = "WO",
        ["R/W"] = "RW", ["read-write"] = "RW", ["RW1C"] = "W1C", ["R/W1C"] = "W1C", ["RW1S"] = "W1S", ["R/W1S"] = "W1S",
        ["RW1T"] = "W1T", ["RW0C"] = "W0C", ["R/C"] = "RC", ["ROC"] = "RC", ["RCLR"] = "RC",
        ["write-once"] = "WO1", ["writeOnce"] = "WO1", ["read-writeOnce"] = "W1", ["none"] = "NA", ["no-access"] = "NA",
    };

    /// <summary>Read only.</summary>
    public static FieldAccess ReadOnly { get; } = new(true, WriteEffect.None);

    /// <summary>Read and write.</summary>
    public static FieldAccess ReadWrite { get; } = new(true, WriteEffect.Stores);

    /// <summary>Whether a write can change it.</summary>
    public bool IsWritable => Write != WriteEffect.None;

    /// <summary>
    /// As a data sheet writes it: RO, RW, WO, W1C, RC, W1SRC and so on; a field that acts on ones and cannot be read is W1C/WO; NA is neither read
    /// nor written.
    /// </summary>
    public string Name => (IsReadable, Write, Read) switch
    {
        (true, WriteEffect.None, ReadEffect.None) => "RO",
        (true, WriteEffect.Stores, ReadEffect.None) => "RW",
        (true, WriteEffect.None, _) => Read == ReadEffect.Clears ? "RC" : "RS",
        (true, _, _) => Writes[Write] + Read switch { ReadEffect.Clears => "RC", ReadEffect.Sets => "RS", _ => "" },
        (false, WriteEffect.None, _) => "NA",
        (false, WriteEffect.Stores, _) => "WO",
        (false, WriteEffect.Once, _) => "WO1",
        (false, WriteEffect.Clears, _) => "WOC",
        (false, WriteEffect.Sets, _) => "WOS",
        _ => $"{Writes[Write]}/WO",
    };

    /// <summary>Every access that there is, of which one that cannot be read has no effect of reading.</summary>
    public static IEnumerable<FieldAccess> Every() =>
        from write in Enum.GetValues<WriteEffect>()
        from readable in (bool[])[true, false]
        from read in Enum.GetValues<ReadEffect>()
        where readable || read == ReadEffect.None
        select new FieldAccess(readable, write, read);

    /// <summary>The access of a name, in small letters or large; some other spellings of the common ones are known.</summary>
    public static bool TryParse(string text, out FieldAccess access) =>
        Named.TryGetValue(Synonyms.GetValueOrDefault(text, text), out access);

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> Names => Named.Keys;

    public override string ToString() => Name;
}
