namespace Pcie.Registers.Reading;

internal enum TokenKind
{
    End,
    Word,
    Number,
    Text,
    Sign,
}

/// <param name="Text">As it stands there; of a text what is between the quotes.</param>
/// <param name="Value">Of a number.</param>
/// <param name="IsQuoted">A word that was escaped, so that it is no keyword.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, ulong Value = 0, bool IsQuoted = false)
{
    public bool Is(string sign) => Kind == TokenKind.Sign && Text == sign;

    public bool IsWord(string word) => Kind == TokenKind.Word && !IsQuoted && Text == word;

    /// <summary>For a refusal.</summary>
    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.Text => "a text",
        _ => $"'{(Text.Length <= 40 ? Text : Text[..40])}'",
    };
}
