namespace Pcie.Registers.Reading;

/// <summary>The words that CMSIS-SVD and IP-XACT share: access, modifiedWriteValue, readAction.</summary>
internal static class AccessWords
{
    private static readonly Dictionary<string, (bool IsReadable, WriteEffect Write)> Accesses = new()
    {
        ["read-write"] = (true, WriteEffect.Stores), ["read-only"] = (true, WriteEffect.None), ["write-only"] = (false, WriteEffect.Stores),
        ["read-writeOnce"] = (true, WriteEffect.Once), ["writeOnce"] = (false, WriteEffect.Once), ["no-access"] = (false, WriteEffect.None),
    };

    private static readonly Dictionary<string, WriteEffect> Writes = new()
    {
        ["oneToClear"] = WriteEffect.OneClears, ["oneToSet"] = WriteEffect.OneSets, ["oneToToggle"] = WriteEffect.OneToggles,
        ["zeroToClear"] = WriteEffect.ZeroClears, ["zeroToSet"] = WriteEffect.ZeroSets, ["zeroToToggle"] = WriteEffect.ZeroToggles,
        ["clear"] = WriteEffect.Clears, ["set"] = WriteEffect.Sets,
    };

    private static readonly Dictionary<string, ReadEffect> Reads = new() { ["clear"] = ReadEffect.Clears, ["set"] = ReadEffect.Sets };

    /// <param name="access">read-write and so on.</param>
    /// <param name="write">oneToClear and so on; null if a write is kept as it is.</param>
    /// <param name="read">clear or set; null if a read changes nothing.</param>
    public static FieldAccess Read(MapSource source, int line, string access, string? write, string? read)
    {
        if (!Accesses.TryGetValue(access, out var known))
            throw source.Refusal(line, $"access '{access}'; expected {string.Join(", ", Accesses.Keys)}");
        var effect = known.Write;
        if (write is "modify") source.Note(line, "what modifiedWriteValue = modify does is not said, and not carried");
        else if (write is not null)
        {
            if (!Writes.TryGetValue(write, out var modified))
                throw source.Refusal(line, $"modified write value '{write}'; expected {string.Join(", ", Writes.Keys)} or modify");
            if (effect == WriteEffect.None) source.Note(line, "a modified write value of what cannot be written is left out");
            else effect = modified;
        }
        var action = ReadEffect.None;
        if (read is "modify" or "modifyExternal") source.Note(line, "what readAction = modify does is not said, and not carried");
        else if (read is not null)
        {
            if (!Reads.TryGetValue(read, out action)) throw source.Refusal(line, $"read action '{read}'; expected clear, set or modify");
            if (!known.IsReadable)
            {
                source.Note(line, "a read action of what cannot be read is left out");
                action = ReadEffect.None;
            }
        }
        return new FieldAccess(known.IsReadable, effect, action);
    }

    /// <returns>Null for what neither format has a word for.</returns>
    public static (string Access, string? Write, string? Read)? Of(FieldAccess access)
    {
        var word = Accesses.FirstOrDefault(one => one.Value.IsReadable == access.IsReadable && one.Value.Write == access.Write).Key;
        var write = word is null ? Writes.FirstOrDefault(one => one.Value == access.Write).Key : null;
        word ??= access.IsReadable ? "read-write" : "write-only";
        return word == "no-access" ? null : (word, write, Reads.FirstOrDefault(one => one.Value == access.Read).Key);
    }
}
