namespace Pcie.Registers.SystemRdl;

/// <summary>The numbers of an enumeration's values: one more than the one before, where it is not said.</summary>
internal static class RdlEnums
{
    public static Dictionary<string, Int128> Values(RdlEnum enumeration, RdlScope scope)
    {
        var values = new Dictionary<string, Int128>();
        Int128 next = 0;
        foreach (var value in enumeration.Values)
        {
            // A value that is made of the enumeration's own would have no end.
            if (value.Value is { } number) next = number.Evaluate(enumeration.Source, scope.WithoutEnums);
            values[value.Name] = next++;
        }
        return values;
    }
}
