using System.Text;

namespace Pcie.Files;

/// <summary>Text for a file whose format bounds its length.</summary>
public static class BoundedText
{
    /// <summary>The text in UTF-8, if it is longer than the bound as many of its characters as fit.</summary>
    public static byte[] Encode(string text, int maxBytes)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= maxBytes) return bytes;
        var length = maxBytes;
        // 10xxxxxx continues a character.
        while ((bytes[length] & 0xC0) == 0x80) length--;
        return bytes[..length];
    }
}
