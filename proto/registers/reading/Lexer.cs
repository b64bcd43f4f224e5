using System.Text;

namespace Pcie.Registers.Reading;

/// <summary>
/// Words, numbers, texts and signs of SystemRDL 2.0 (4.2 to 4.6), which is also how IP-XACT writes its expressions. Numbers are those of C and of
/// Verilog: 10, 0x1F, 8'hFF, 'b1_0.
/// </summary>
internal static class Lexer
{
    // The longest first.
    private static readonly string[] Signs =
    [
        "<<", ">>", "&&", "||", "==", "!=", "<=", ">=", "**", "->", "::", "+=", "%=", "~&", "~|", "~^", "^~", "'{", "{", "}", "(", ")", "[", "]", ";",
        ":", ",", ".", "=", "@", "#", "+", "-", "*", "/", "%", "<", ">", "&", "|", "^", "~", "!", "?", "$",
    ];

    /// <param name="line">Of the first character.</param>
    public static List<Token> Read(MapSource source, string text, int line = 1)
    {
        var tokens = new List<Token>();
        var at = 0;
        while (at < text.Length)
        {
            var c = text[at];
            if (c == '\n') line++;
            if (char.IsWhiteSpace(c) || c == '\uFEFF') at++;
            else if (text.AsSpan(at).StartsWith("//")) at = IndexOrEnd(text, '\n', at);
            else if (text.AsSpan(at).StartsWith("/*"))
            {
                var end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                if (end < 0) throw source.Refusal(line, "this comment has no end; expected */");
                line += text.AsSpan(at, end - at).Count('\n');
                at = end + 2;
            }
            else if (c == '"') tokens.Add(Quoted(source, text, ref at, ref line));
            else if (text.AsSpan(at).StartsWith("<%"))
                throw source.Refusal(line, "'<%' begins Perl for a preprocessor that is not run here; give the file that comes out of it");
            else if (char.IsAsciiLetter(c) || c is '_' or '\\') tokens.Add(Word(text, ref at, line));
            else if (char.IsAsciiDigit(c) || c == '\'' && at + 1 < text.Length && "bodhBODH".Contains(text[at + 1], StringComparison.Ordinal))
                tokens.Add(Number(source, text, ref at, line));
            else tokens.Add(Sign(source, text, ref at, line));
        }
        tokens.Add(new Token(TokenKind.End, "", line));
        return tokens;
    }

    private static Token Word(string text, ref int at, int line)
    {
        var quoted = text[at] == '\\';
        var start = quoted ? ++at : at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_')) at++;
        return new Token(TokenKind.Word, text[start..at], line, IsQuoted: quoted);
    }

    private static Token Quoted(MapSource source, string text, ref int at, ref int line)
    {
        var (begin, content) = (line, new StringBuilder());
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '"' or '\\') at++;
            if (text[at] == '\n') line++;
            content.Append(text[at]);
        }
        if (at == text.Length) throw source.Refusal(begin, "this text has no end; expected \"");
        at++;
        return new Token(TokenKind.Text, content.ToString(), begin);
    }

    private static Token Number(MapSource source, string text, ref int at, int line)
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_')) at++;
        if (at + 1 < text.Length && text[at] == '\'' && char.IsAsciiLetter(text[at + 1]))
        {
            at++;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_')) at++;
        }
        var number = text[start..at];
        return Numbers.TryVerilog(number, out var value) ? new Token(TokenKind.Number, number, line, value)
            : throw source.Refusal(line, $"'{number}' is no number of 64 bits; expected one as in 10, 0x1F, 8'hFF");
    }

    private static Token Sign(MapSource source, string text, ref int at, int line)
    {
        foreach (var sign in Signs)
        {
            if (!text.AsSpan(at).StartsWith(sign)) continue;
            at += sign.Length;
            return new Token(TokenKind.Sign, sign, line);
        }
        throw source.Refusal(line, $"'{text[at]}' is not expected here");
    }

    private static int IndexOrEnd(string text, char c, int from) => text.IndexOf(c, from) is var found and >= 0 ? found : text.Length;
}
