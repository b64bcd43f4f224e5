namespace Pcie.Registers.Reading;

/// <summary>Goes through tokens from the first to the end.</summary>
internal sealed class TokenCursor(MapSource source, IReadOnlyList<Token> tokens)
{
    private int at;

    public MapSource Source => source;

    public Token Next => tokens[at];

    public int Line => Next.Line;

    public Token Peek(int ahead) => tokens[Math.Min(at + ahead, tokens.Count - 1)];

    public Token Take()
    {
        var token = tokens[at];
        if (at < tokens.Count - 1) at++;
        return token;
    }

    public bool TryTake(string sign)
    {
        if (!Next.Is(sign)) return false;
        Take();
        return true;
    }

    public bool TryTakeWord(string word)
    {
        if (!Next.IsWord(word)) return false;
        Take();
        return true;
    }

    public Token Expect(string sign) => Next.Is(sign) ? Take() : throw Unexpected($"'{sign}'");

    public string ExpectName() => Next.Kind == TokenKind.Word ? Take().Text : throw Unexpected("a name");

    public InvalidDataException Unexpected(string expected) => source.Refusal(Line, $"expected {expected}, got {Next}");

    /// <summary>Passes over everything up to a sign that is not inside brackets of its own; the sign is next then.</summary>
    public void SkipTo(params ReadOnlySpan<string> signs)
    {
        for (var depth = 0; Next.Kind != TokenKind.End; Take())
        {
            if (depth == 0 && Next.Kind == TokenKind.Sign && signs.Contains(Next.Text)) return;
            if (Next.Kind != TokenKind.Sign) continue;
            if (Next.Text is "{" or "(" or "[" or "'{") depth++;
            else if (Next.Text is "}" or ")" or "]") depth--;
        }
        throw Unexpected($"'{signs[0]}'");
    }
}
