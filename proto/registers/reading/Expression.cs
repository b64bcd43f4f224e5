namespace Pcie.Registers.Reading;

/// <summary>A constant expression, to be worked out where its names mean something.</summary>
internal abstract record Expression(int Line)
{
    private const int MostShift = 100;

    public delegate Int128? Lookup(string name);

    /// <exception cref="InvalidDataException">It is not constant, or leaves the range of numbers.</exception>
    public Int128 Evaluate(MapSource source, Lookup names)
    {
        try
        {
            return Value(source, names);
        }
        catch (Exception e) when (e is OverflowException or DivideByZeroException)
        {
            throw source.Refusal(Line, "this expression has no value; expected a number of 64 bits");
        }
    }

    protected abstract Int128 Value(MapSource source, Lookup names);

    internal sealed record Number(Int128 Literal, int Line) : Expression(Line)
    {
        protected override Int128 Value(MapSource source, Lookup names) => Literal;
    }

    internal sealed record Text(string Content, int Line) : Expression(Line)
    {
        protected override Int128 Value(MapSource source, Lookup names) => throw source.Refusal(Line, "a text; expected a number");
    }

    /// <summary>A system function of SystemVerilog, by which IP-XACT works values out (IEEE 1685-2014, C.3).</summary>
    /// <param name="Function">Without its $.</param>
    internal sealed record Call(string Function, IReadOnlyList<Expression> Arguments, int Line) : Expression(Line)
    {
        protected override Int128 Value(MapSource source, Lookup names)
        {
            var values = Arguments.Select(argument => argument.Evaluate(source, names)).ToList();
            return (Function, values) switch
            {
                ("pow", [var a, var b]) => Power(a, b),
                ("clog2", [var a]) when a >= 0 => a == 0 ? 0 : Int128.Log2(2 * a - 1),
                _ => throw source.Refusal(Line, $"${Function} of {values.Count} numbers is not worked out; expected $pow(a, b) or $clog2(a)"),
            };
        }
    }

    /// <param name="Path">As it stands there: a name, or a path of several.</param>
    internal sealed record Name(string Path, int Line) : Expression(Line)
    {
        protected override Int128 Value(MapSource source, Lookup names) =>
            names(Path) ?? throw source.Refusal(Line, $"'{Path}' is no number that is known here");
    }

    /// <summary>What is neither a number nor a text: a structure, an array, a reference.</summary>
    internal sealed record Other(int Line) : Expression(Line)
    {
        protected override Int128 Value(MapSource source, Lookup names) => throw source.Refusal(Line, "expected a number");
    }

    internal sealed record Unary(string Sign, Expression Operand, int Line) : Expression(Line)
    {
        protected override Int128 Value(MapSource source, Lookup names)
        {
            var value = Operand.Evaluate(source, names);
            return Sign switch { "-" => checked(-value), "!" => value == 0 ? 1 : 0, "~" => ~value & ulong.MaxValue, _ => value };
        }
    }

    internal sealed record Choice(Expression If, Expression Then, Expression Else, int Line) : Expression(Line)
    {
        protected override Int128 Value(MapSource source, Lookup names) =>
            (If.Evaluate(source, names) != 0 ? Then : Else).Evaluate(source, names);
    }

    internal sealed record Binary(string Sign, Expression Left, Expression Right, int Line) : Expression(Line)
    {
        protected override Int128 Value(MapSource source, Lookup names)
        {
            var (a, b) = (Left.Evaluate(source, names), Right.Evaluate(source, names));
            checked
            {
                return Sign switch
                {
                    "+" => a + b,
                    "-" => a - b,
                    "*" => a * b,
                    "/" => a / b,
                    "%" => a % b,
                    "**" => Power(a, b),
                    "<<" => b >= 0 && b <= MostShift ? a * ((Int128)1 << (int)b) : throw new OverflowException(),
                    ">>" => b >= 0 && b <= MostShift ? a >> (int)b : throw new OverflowException(),
                    "&" => a & b,
                    "|" => a | b,
                    "^" => a ^ b,
                    "&&" => a != 0 && b != 0 ? 1 : 0,
                    "||" => a != 0 || b != 0 ? 1 : 0,
                    "==" => a == b ? 1 : 0,
                    "!=" => a != b ? 1 : 0,
                    "<" => a < b ? 1 : 0,
                    ">" => a > b ? 1 : 0,
                    "<=" => a <= b ? 1 : 0,
                    _ => a >= b ? 1 : 0,
                };
            }
        }
    }

    private static Int128 Power(Int128 a, Int128 b)
    {
        if (b < 0 || b > MostShift) throw new OverflowException();
        Int128 power = 1;
        for (var i = 0; i < (int)b; i++) power = checked(power * a);
        return power;
    }
}
