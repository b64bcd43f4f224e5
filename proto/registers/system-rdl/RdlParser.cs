using Pcie.Registers.Reading;

namespace Pcie.Registers.SystemRdl;

/// <summary>Reads the text of SystemRDL 2.0 (Accellera, January 2018, annex B), as it is before anything is instantiated.</summary>
internal sealed class RdlParser(TokenCursor cursor)
{
    private const int Deepest = 32;

    private static readonly string[] Kinds = ["addrmap", "regfile", "reg", "field", "mem", "signal"];
    private static readonly string[] Modifiers = ["posedge", "negedge", "bothedge", "level", "nonsticky"];

    public IReadOnlyList<RdlStatement> Read()
    {
        var statements = new List<RdlStatement>();
        while (cursor.Next.Kind != TokenKind.End) ReadStatement(statements, 0);
        return statements;
    }

    private void ReadStatement(List<RdlStatement> into, int depth)
    {
        if (cursor.TryTake(";")) return;
        var token = cursor.Next;
        if (token.Kind != TokenKind.Word) throw cursor.Unexpected("a component, an instance or a property");
        if (token.IsQuoted)
        {
            ReadOther(into);
            return;
        }
        switch (token.Text)
        {
            case "default":
                cursor.Take();
                into.Add(Assignment(true));
                return;
            case "enum":
                into.Add(Enumeration());
                return;
            case "property":
                cursor.Take();
                into.Add(new RdlPropertyDefinition(cursor.ExpectName(), token.Line));
                SkipBraces();
                return;
            case "struct" or "constraint" or "abstract":
                cursor.SkipTo("{");
                SkipBraces();
                return;
            case "external" or "internal":
                cursor.Take();
                ReadStatement(into, depth);
                return;
            case "alias":
                cursor.Take();
                cursor.ExpectName();
                ReadInstances(into, cursor.ExpectName(), null, isAlias: true);
                return;
        }
        if (Kinds.Contains(token.Text) && (cursor.Peek(1).Is("{") || cursor.Peek(2).Is("{") || cursor.Peek(1).Is("#") || cursor.Peek(2).Is("#")))
            ReadComponent(into, depth);
        else ReadOther(into);
    }

    private void ReadComponent(List<RdlStatement> into, int depth)
    {
        var kind = cursor.Take();
        if (depth == Deepest) throw cursor.Source.Refusal(kind.Line,
            $"components nested deeper than {Deepest}; give them names, and write them flatter");
        var name = cursor.Next.Kind == TokenKind.Word ? cursor.Take().Text : null;
        var parameters = cursor.TryTake("#") ? Parameters() : [];
        cursor.Expect("{");
        var body = new List<RdlStatement>();
        while (!cursor.TryTake("}"))
        {
            if (cursor.Next.Kind == TokenKind.End) throw cursor.Source.Refusal(kind.Line, $"this {kind.Text} has no end; expected }}");
            ReadStatement(body, depth + 1);
        }
        var component = new RdlComponent(kind.Text, name, parameters, body, kind.Line);
        if (name is not null) into.Add(component);
        if (cursor.TryTakeWord("external") || cursor.TryTakeWord("internal"))
        {
            // Where it is implemented is hardware's.
        }
        if (cursor.TryTake(";")) return;
        ReadInstances(into, null, component, isAlias: false);
    }

    // An instance of a type that has a name, or a property.
    private void ReadOther(List<RdlStatement> into)
    {
        var second = cursor.Peek(1);
        if (second.Is("#") || second.Kind == TokenKind.Word && !Modifiers.Contains(cursor.Next.Text))
            ReadInstances(into, cursor.ExpectName(), null, isAlias: false);
        else into.Add(Assignment(false));
    }

    private void ReadInstances(List<RdlStatement> into, string? type, RdlComponent? component, bool isAlias)
    {
        var arguments = new Dictionary<string, Expression>();
        if (cursor.TryTake("#"))
        {
            cursor.Expect("(");
            do
            {
                cursor.Expect(".");
                var name = cursor.ExpectName();
                cursor.Expect("(");
                arguments[name] = ExpressionParser.Read(cursor);
                cursor.Expect(")");
            }
            while (cursor.TryTake(","));
            cursor.Expect(")");
        }
        do into.Add(Instance(type, component, arguments, isAlias));
        while (cursor.TryTake(","));
        cursor.Expect(";");
    }

    private RdlInstance Instance(string? type, RdlComponent? component, Dictionary<string, Expression> arguments, bool isAlias)
    {
        var line = cursor.Line;
        var name = cursor.ExpectName();
        var dimensions = new List<Expression>();
        Expression? high = null, low = null, reset = null, address = null, stride = null, alignment = null;
        while (cursor.TryTake("["))
        {
            var first = ExpressionParser.Read(cursor);
            if (cursor.TryTake(":")) (high, low) = (first, ExpressionParser.Read(cursor));
            else dimensions.Add(first);
            cursor.Expect("]");
        }
        for (; ; )
        {
            if (cursor.TryTake("=")) reset = ExpressionParser.Read(cursor);
            else if (cursor.TryTake("@")) address = ExpressionParser.Read(cursor);
            else if (cursor.TryTake("+=")) stride = ExpressionParser.Read(cursor);
            else if (cursor.TryTake("%=")) alignment = ExpressionParser.Read(cursor);
            else break;
        }
        return new RdlInstance(type, component, arguments, name, dimensions, high, low, reset, address, stride, alignment, isAlias, line);
    }

    // sw = rw;   intr;   posedge intr;   status->desc = "…";   ch.status->desc = "…";
    private RdlAssignment Assignment(bool isDefault)
    {
        var line = cursor.Line;
        if (cursor.Next is { Kind: TokenKind.Word, IsQuoted: false } && Modifiers.Contains(cursor.Next.Text) && cursor.Peek(1).Kind == TokenKind.Word)
            cursor.Take();
        var path = new List<string> { cursor.ExpectName() };
        var isOfElement = false;
        string? property = null;
        while (property is null)
        {
            if (cursor.TryTake(".")) path.Add(cursor.ExpectName());
            else if (cursor.TryTake("["))
            {
                cursor.SkipTo("]");
                cursor.Take();
                isOfElement = true;
            }
            else if (cursor.TryTake("->")) property = cursor.ExpectName();
            else break;
        }
        var value = cursor.TryTake("=") ? Value() : null;
        cursor.Expect(";");
        return property is null
            ? new RdlAssignment(isDefault, null, false, path[^1], value, line)
            : new RdlAssignment(isDefault, path, isOfElement, property, value, line);
    }

    private Expression Value()
    {
        // posedge and its like, before the name of a signal.
        if (cursor.Next is { Kind: TokenKind.Word, IsQuoted: false } && Modifiers.Contains(cursor.Next.Text) && cursor.Peek(1).Kind == TokenKind.Word)
            cursor.Take();
        return ExpressionParser.Read(cursor);
    }

    private RdlEnum Enumeration()
    {
        var line = cursor.Take().Line;
        var name = cursor.ExpectName();
        var values = new List<RdlEnumValue>();
        cursor.Expect("{");
        while (!cursor.TryTake("}"))
        {
            var at = cursor.Line;
            var value = cursor.ExpectName();
            var number = cursor.TryTake("=") ? ExpressionParser.Read(cursor) : null;
            var (title, description) = ("", "");
            if (cursor.TryTake("{"))
                while (!cursor.TryTake("}"))
                {
                    var assignment = Assignment(false);
                    if (assignment.Value is not Expression.Text text) continue;
                    if (assignment.Property == "name") title = text.Content;
                    if (assignment.Property == "desc") description = text.Content;
                }
            values.Add(new RdlEnumValue(value, number, RdlReader.Joined(title, description), at));
            if (!cursor.TryTake(";") && !cursor.TryTake(",") && !cursor.Next.Is("}")) throw cursor.Unexpected("';'");
        }
        cursor.TryTake(";");
        return new RdlEnum(name, values, cursor.Source, line);
    }

    private List<RdlParameter> Parameters()
    {
        var parameters = new List<RdlParameter>();
        cursor.Expect("(");
        do
        {
            // The type has one word or two; the name is the last before = or the end.
            var name = cursor.Next;
            while (cursor.Next.Kind == TokenKind.Word) name = cursor.Take();
            if (name.Kind != TokenKind.Word) throw cursor.Unexpected("a parameter");
            if (cursor.TryTake("[")) cursor.Expect("]");
            parameters.Add(new RdlParameter(name.Text, cursor.TryTake("=") ? ExpressionParser.Read(cursor) : null, name.Line));
        }
        while (cursor.TryTake(","));
        cursor.Expect(")");
        return parameters;
    }

    private void SkipBraces()
    {
        cursor.Expect("{");
        cursor.SkipTo("}");
        cursor.Expect("}");
        cursor.TryTake(";");
    }
}
