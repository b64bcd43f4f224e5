using System.Text;

namespace Pcie.Program;

/// <summary>In which encoding a program prints, where the system has it printed in another unless it says so.</summary>
public static class OutputEncoding
{
    /// <summary>The encoding to ask for; null to leave the system's.</summary>
    /// <param name="windows">Whether a console or pipe has a code page, in which µ and → would be something else.</param>
    public static Encoding? For(bool windows) => windows ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) : null;

    /// <summary>Asks for it.</summary>
    internal static void Choose()
    {
        if (For(OperatingSystem.IsWindows()) is not { } encoding) return;
        try
        {
            Console.OutputEncoding = encoding;
        }
        catch (IOException)
        {
            // There is no console.
        }
    }
}
