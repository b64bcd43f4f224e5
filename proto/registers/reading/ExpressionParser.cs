namespace Pcie.Registers.Reading;

/// <summary>Reads a constant expression (SystemRDL 11.2): operators of C, by their precedence.</summary>
internal static class ExpressionParser
{
    // Nobody writes deeper, and a file could otherwise end the process.
    private const int Deepest = 100;

    private static readonly string[][] Levels =
    [
        ["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", ">", "<=", ">="], ["<<", ">>"], ["+", "-"], ["*", "/", "%"], ["**"],
    ];

    public static Expression Read(TokenCursor cursor) => Choice(cursor, 0);

    /// <summary>A text that is nothing but an expression.</summary>
    public static Expression Read(MapSource source, string text, int line)
    {
        var cursor = new TokenCursor(source, Lexer.Read(source, text, line));
        var expression = Read(cursor);
        return cursor.Next.Kind == TokenKind.End ? expression : throw cursor.Unexpected("the end of the expression");
    }

    private static Expression Choice(TokenCursor cursor, int depth)
    {
        if (depth > Deepest) throw cursor.Source.Refusal(cursor.Line, $"an expression nested deeper than {Deepest}; write it flatter");
        var line = cursor.Line;
        var condition = Level(cursor, 0, depth);
        if (!cursor.TryTake("?")) return condition;
        var then = Choice(cursor, depth + 1);
        cursor.Expect(":");
        return new Expression.Choice(condition, then, Choice(cursor, depth + 1), line);
    }

    private static Expression Level(TokenCursor cursor, int level, int depth)
    {
        if (level == Levels.Length) return Operand(cursor, depth);
        var left = Level(cursor, level + 1, depth);
        for (var terms = 0; cursor.Next.Kind == TokenKind.Sign && Levels[level].Contains(cursor.Next.Text); terms++)
        {
            if (terms > Deepest) throw cursor.Source.Refusal(cursor.Line, $"an expression of more than {Deepest} terms");
            var sign = cursor.Take();
            left = new Expression.Binary(sign.Text, left, Level(cursor, level + 1, depth), sign.Line);
        }
        return left;
    }

    private static Expression Operand(TokenCursor cursor, int depth)
    {
        if (depth > Deepest) throw cursor.Source.Refusal(cursor.Line, $"an expression nested deeper than {Deepest}; write it flatter");
        var token = cursor.Next;
        switch (token.Kind)
        {
            case TokenKind.Number:
                cursor.Take();
                // 5'{...} is a cast of width, which changes no value that fits.
                return new Expression.Number(token.Value, token.Line);
            case TokenKind.Text:
                cursor.Take();
                return new Expression.Text(token.Content(cursor), token.Line);
            case TokenKind.Word:
                return Word(cursor);
            case TokenKind.Sign when token.Text is "-" or "+" or "!" or "~":
                cursor.Take();
                return new Expression.Unary(token.Text, Operand(cursor, depth + 1), token.Line);
            case TokenKind.Sign when token.Text == "(":
                cursor.Take();
                var inner = Choice(cursor, depth + 1);
                cursor.Expect(")");
                return inner;
            case TokenKind.Sign when token.Text == "$":
                cursor.Take();
                var function = cursor.ExpectName();
                cursor.Expect("(");
                var arguments = new List<Expression>();
                do arguments.Add(Choice(cursor, depth + 1));
                while (cursor.TryTake(","));
                cursor.Expect(")");
                return new Expression.Call(function, arguments, token.Line);
            case TokenKind.Sign when token.Text is "'{" or "{":
                cursor.Take();
                cursor.SkipTo("}");
                cursor.Take();
                return new Expression.Other(token.Line);
            default:
                throw cursor.Unexpected("a value");
        }
    }

    // Texts that follow each other are one (5.1.5).
    private static string Content(this Token first, TokenCursor cursor)
    {
        var text = first.Text;
        while (cursor.Next.Kind == TokenKind.Text) text += cursor.Take().Text;
        return text;
    }

    private static Expression Word(TokenCursor cursor)
    {
        var first = cursor.Take();
        if (first.IsWord("true")) return new Expression.Number(1, first.Line);
        if (first.IsWord("false")) return new Expression.Number(0, first.Line);
        var path = first.Text;
        var isReference = false;
        for (; ; )
        {
            if (cursor.Next.Is(".") || cursor.Next.Is("->") || cursor.Next.Is("::"))
            {
                path += cursor.Take().Text;
                path += cursor.ExpectName();
            }
            else if (cursor.Next.Is("["))
            {
                cursor.Take();
                cursor.SkipTo("]");
                cursor.Take();
                isReference = true;
            }
            else if (cursor.Next.Is("'{"))
            {
                cursor.Take();
                cursor.SkipTo("}");
                cursor.Take();
                return new Expression.Other(first.Line);
            }
            else
            {
                return isReference ? new Expression.Other(first.Line) : new Expression.Name(path, first.Line);
            }
        }
    }
}
