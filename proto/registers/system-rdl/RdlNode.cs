using System.Numerics;
using Pcie.Registers.Reading;

namespace Pcie.Registers.SystemRdl;

/// <summary>A component as it is once it is instantiated.</summary>
/// <param name="kind">addrmap, regfile, reg, field, mem or signal.</param>
internal sealed class RdlNode(MapSource source, string kind, RdlScope scope, int line)
{
    private readonly Dictionary<string, RdlValue> properties = [];
    private readonly List<RdlChild> children = [];
    private readonly Dictionary<string, RdlChild> named = [];

    public string Kind => kind;
    public RdlScope Scope => scope;
    public int Line => line;

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<RdlChild> Children => children;

    /// <summary>Bytes of one: of a register its width, of others the end of what is in them.</summary>
    public ulong Size { get; set; }

    /// <summary>Registers in it, those of arrays each for itself.</summary>
    public ulong Registers { get; set; }

    /// <returns>False if there is one of that name.</returns>
    public bool TryAdd(RdlChild child)
    {
        if (!named.TryAdd(child.Name, child)) return false;
        children.Add(child);
        return true;
    }

    public RdlNode? Find(string name) => named.GetValueOrDefault(name)?.Node;

    public void Set(string property, RdlValue value) => properties[property] = value;

    public RdlValue? Get(string property) => (properties.GetValueOrDefault(property) ?? scope.Outer?.Default(property)) switch
    {
        { Expression: Expression.Name name } value => value.Scope.Word(name.Path) ?? value,
        var value => value,
    };

    public string Text(string property) => Get(property)?.Expression is Expression.Text text ? text.Content : "";

    /// <summary>What a property is called that has a word for its value; null if it is not set.</summary>
    public string? Word(string property) => Get(property) switch
    {
        null => null,
        { Expression: Expression.Name name } => name.Path,
        { Expression: Expression.Number number } => $"{number.Literal}",
        var other => throw source.Refusal(other.Line, $"{property}: expected one word"),
    };

    public bool Flag(string property) =>
        Get(property) is { } value && (value.Expression is null || value.Expression.Evaluate(source, value.Scope.Number) != 0);

    /// <exception cref="InvalidDataException">It is no number, or out of range.</exception>
    public ulong? Number(string property, ulong least, ulong most) =>
        Get(property) is { Expression: { } expression } value ? Number(source, expression, value.Scope, property, least, most) : null;

    public static ulong Number(MapSource source, Expression expression, RdlScope scope, string what, ulong least, ulong most)
    {
        var value = expression.Evaluate(source, scope.Number);
        return value >= least && value <= most ? (ulong)value
            : throw source.Refusal(expression.Line, $"{what} is {value}; expected {least} to {most}");
    }

    public static ulong RoundUp(ulong value, ulong alignment) => (value + alignment - 1) / alignment * alignment;

    public static ulong PowerOfTwo(ulong size) => size == 0 ? 1 : BitOperations.RoundUpToPowerOf2(size);
}

/// <summary>A component under its name, at its place.</summary>
internal sealed class RdlChild(string name, RdlNode node, RdlInstance instance, IReadOnlyList<int> dimensions)
{
    public string Name => name;
    public RdlNode Node => node;
    public RdlInstance Instance => instance;
    public IReadOnlyList<int> Dimensions => dimensions;

    /// <summary>How many there are: 1, or the elements of the array.</summary>
    public ulong Elements => dimensions.Aggregate(1UL, (product, one) => product * (ulong)one);

    public ulong Offset { get; set; }
    public ulong Stride { get; set; }

    /// <summary>Bytes from the first to the end of the last.</summary>
    public ulong Total => Elements == 0 ? 0 : (Elements - 1) * Stride + node.Size;

    /// <summary>Names and distances of all elements; of what is no array the one.</summary>
    public IEnumerable<(string Name, ulong Offset)> Each()
    {
        for (var i = 0UL; i < Elements; i++)
        {
            var (rest, indices) = (i, "");
            for (var d = dimensions.Count - 1; d >= 0; d--)
            {
                indices = $"_{rest % (ulong)dimensions[d]}{indices}";
                rest /= (ulong)dimensions[d];
            }
            yield return (name + indices, Offset + i * Stride);
        }
    }
}
