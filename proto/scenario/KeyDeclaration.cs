using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Scenario;

/// <summary>A key as a property declares it with <see cref="KeyAttribute"/>.</summary>
public sealed class KeyDeclaration
{
    private readonly PropertyInfo property;
    private readonly KeyAttribute key;
    private readonly Type type;

    /// <param name="fresh">A new object, which has the defaults.</param>
    internal KeyDeclaration(PropertyInfo property, KeyAttribute key, object fresh)
    {
        (this.property, this.key) = (property, key);
        type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        Kind = key.Unit == Unit.Bytes ? KeyKind.Bytes : key.Unit == Unit.BytesPerSecond ? KeyKind.Rate : KindOf(type);
        IsRequired = property.IsDefined(typeof(RequiredMemberAttribute));
        (Min, Max) = (Bound(key.Min), Bound(key.Max));
        if (Kind == KeyKind.Choice) Choices = key.Choices ?? [.. Enum.GetValues(type).Cast<object>()];
        if (Kind == KeyKind.Tables) Element = type.GetGenericArguments()[0];
        Default = IsRequired || !property.CanRead ? null : Literal(property.GetValue(fresh));
    }

    public string Name => key.Name;
    public string Sentence => key.Sentence;
    public KeyKind Kind { get; }
    public bool IsRequired { get; }

    /// <summary>In the smallest unit of its kind; null for none.</summary>
    public decimal? Min { get; }

    /// <inheritdoc cref="Min"/>
    public decimal? Max { get; }

    public string? Below => key.Below;
    public int Count => key.Count;

    /// <summary>What leaving the key out means, as a file would write it; null if that cannot be written.</summary>
    public object? Default { get; }

    /// <summary>Of a choice: the names.</summary>
    public IEnumerable<string> Names => Choices.Select(ScenarioTable.NameOf);

    /// <summary>All the numbers that there are, if the key has only a few.</summary>
    public IReadOnlyList<long> Numbers => key.IsPowerOfTwo ? [.. Powers((long)Min!, (long)Max!)] : [];

    /// <summary>Of tables: the type of each.</summary>
    public Type? Element { get; }

    internal string? Elsewhere => key.Elsewhere;
    internal string? Excludes => key.Excludes;
    internal Type? DeclaringType => property.DeclaringType;

    private object[] Choices { get; } = [];
    private Quantity? Quantity => Kind switch
    {
        KeyKind.Duration => Quantity.Duration,
        KeyKind.Bytes => Quantity.Bytes,
        KeyKind.Rate => Quantity.Rate,
        _ => null,
    };

    /// <summary>The range in words; null if there is none.</summary>
    public string? Range => (Min, Max, Below) switch
    {
        (null, null, null) => null,
        ({ } min, { } max, _) => $"{Written(min)} to {Written(max)}",
        ({ } min, null, null) => $"{Written(min)} or more",
        ({ } min, null, _) => $"{Written(min)} or more, below {Below}",
        (null, { } max, _) => $"{Written(max)} at most",
        _ => $"below {Below}",
    };

    /// <summary>Where the key stands: its table, which may be one below, and its name there.</summary>
    internal (ScenarioTable Table, string Key) PlaceIn(ScenarioTable table)
    {
        var dot = Name.LastIndexOf('.');
        return dot < 0 ? (table, Name) : (table.Table(Name[..dot]), Name[(dot + 1)..]);
    }

    internal void Fill(object target, ScenarioTable above, long below)
    {
        var (table, name) = PlaceIn(above);
        // The owner of the list reads the tables in it.
        if (Kind == KeyKind.Tables) table.Tables(name);
        else if (table.Has(name) || IsRequired) property.SetValue(target, Read(table, name, below));
    }

    private object Read(ScenarioTable table, string name, long below)
    {
        var (min, max) = ((long?)Min, (long?)Max);
        if (Below is not null) max = below - 1;
        switch (Kind)
        {
            case KeyKind.Text: return table.Text(name);
            case KeyKind.Flag: return table.Flag(name);
            case KeyKind.Number: return table.Number(name, (double?)Min ?? double.MinValue, (double?)Max ?? double.MaxValue);
            case KeyKind.Distribution: return table.Distribution(name);
            case KeyKind.Choice: return table.Choice(name, Choices);
            case KeyKind.Durations: return table.Durations(name);
            case KeyKind.Integers: return table.Integers(name, min ?? long.MinValue, max ?? long.MaxValue).Select(number => (int)number).ToList();
            case KeyKind.Duration:
                var duration = table.Duration(name, min is null ? null : new Duration(min.Value), max is null ? null : new Duration(max.Value));
                return type == typeof(SimTime) ? SimTime.Zero + duration : duration;
        }
        var number = Kind switch
        {
            KeyKind.Bytes => table.Bytes(name, min ?? 0, max ?? long.MaxValue),
            KeyKind.Rate => table.Rate(name, min ?? 0, max ?? long.MaxValue),
            _ => table.Integer(name, min ?? long.MinValue, max ?? long.MaxValue),
        };
        if (Numbers is { Count: > 0 } few && !few.Contains(number))
            throw table.Refusal(name, $"{number} is not a power of two; expected {string.Join(", ", few.SkipLast(1))} or {few[^1]}");
        return Convert.ChangeType(number, type, CultureInfo.InvariantCulture);
    }

    private decimal? Bound(object? bound) => bound switch
    {
        null => null,
        string text => Quantity!.TryParse(text, out var value, out var problem) ? value : throw new FormatException($"{Name}: {text}: {problem}"),
        _ => Convert.ToDecimal(bound, CultureInfo.InvariantCulture),
    };

    private string Written(decimal value) => Quantity?.Format((long)value) ?? value.ToString(CultureInfo.InvariantCulture);

    private object? Literal(object? value) => value switch
    {
        Duration duration => Quantity.Duration.Format(duration.Nanoseconds),
        Distribution distribution => distribution.Constant is { } constant ? Literal(constant) : null,
        Enum => ScenarioTable.NameOf(value),
        string or bool or double => value,
        IConvertible when Quantity is not null && Numbers.Count == 0 => Quantity.Format(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        IConvertible => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static IEnumerable<long> Powers(long from, long to)
    {
        for (var power = (long)BitOperations.RoundUpToPowerOf2((ulong)from); power <= to; power *= 2) yield return power;
    }

    private static KeyKind KindOf(Type type) =>
        type == typeof(string) ? KeyKind.Text
        : type == typeof(bool) ? KeyKind.Flag
        : type == typeof(double) ? KeyKind.Number
        : type == typeof(Duration) || type == typeof(SimTime) ? KeyKind.Duration
        : type == typeof(Distribution) ? KeyKind.Distribution
        : type == typeof(IReadOnlyList<Duration>) ? KeyKind.Durations
        : type == typeof(IReadOnlyList<int>) ? KeyKind.Integers
        : type.IsEnum ? KeyKind.Choice
        : type.IsGenericType ? KeyKind.Tables : KeyKind.Integer;
}
