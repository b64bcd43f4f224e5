using System.Security.Cryptography;
using System.Text;

namespace Pcie.Campaign.Units;

/// <summary>
/// All that decides what units come to, but for the seed: units of equal content and seed have one result, wherever and however often they are run.
/// </summary>
/// <param name="Text">The scenario, whole: with what it includes and with the design's changes. It names files by their content.</param>
/// <param name="Files">The files that it names.</param>
/// <param name="Version">Of the program: another may come to something else.</param>
public sealed record UnitContent(string Text, IReadOnlyList<ContentFile> Files, string Version)
{
    /// <summary>Names it: 32 digits. What the files hold is in the text, which has their names.</summary>
    public string Hash { get; } = ContentHash.Of(Encoding.UTF8.GetBytes($"{Version}\n{Text}"));
}

/// <summary>A file that a scenario names.</summary>
/// <param name="Name">By its content, with the extension of the file.</param>
/// <param name="Path">Where it is on the machine that planned.</param>
public sealed record ContentFile(string Name, string Path)
{
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ContentFile Of(string path)
    {
        using var stream = File.OpenRead(path);
        return new ContentFile(ContentHash.Text(SHA256.HashData(stream)) + System.IO.Path.GetExtension(path), path);
    }

    /// <summary>Whether a text is such a name, and therefore no way into another folder.</summary>
    public static bool IsName(string text)
    {
        var parts = text.Split('.', 2);
        return parts[0].Length == ContentHash.Length && parts[0].All(char.IsAsciiHexDigitLower)
            && (parts.Length == 1 || (parts[1].Length is > 0 and < 64 && parts[1].IndexOfAny(['/', '\\', '\0', ':']) < 0));
    }
}

/// <summary>How content is named: the first half of its SHA-256.</summary>
public static class ContentHash
{
    internal const int Length = 32;

    public static string Of(ReadOnlySpan<byte> content) => Text(SHA256.HashData(content));

    internal static string Text(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash[..(Length / 2)]);
}
