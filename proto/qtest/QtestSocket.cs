using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Pcie.Files;

namespace Pcie.Qtest;

/// <summary>
/// QEMU's protocol qtest, as its test programs speak it: a line asks, a line answers, in order; lines that begin with IRQ may come before an answer.
/// </summary>
/// <param name="socket">Connected; disposed with this.</param>
/// <param name="patience">How long QEMU may take to answer: it waits for nobody but us, and its clock is ours.</param>
internal sealed class QtestSocket(Socket socket, TimeSpan patience) : IDisposable
{
    // No answer to what is asked here is as long.
    private const int LongestLine = 1024;

    public static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(20);

    private readonly Socket socket = NonBlocking(socket);
    private readonly byte[] input = new byte[LongestLine];
    private int inputLength;
    private readonly byte[] output = new byte[LongestLine];
    private long lastSent;

    /// <summary>To be waited on.</summary>
    public int Handle => (int)socket.Handle;

    /// <summary>Asks. A write of a line that another follows is one that is answered as well.</summary>
    /// <exception cref="IOException">QEMU is gone.</exception>
    public void Send(string lines)
    {
        lastSent = Environment.TickCount64;
        var length = Encoding.ASCII.GetBytes(lines, output);
        output[length++] = (byte)'\n';
        for (var sent = 0; sent < length;)
        {
            sent += socket.Send(output.AsSpan(sent, length - sent), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                socket.Poll(patience, SelectMode.SelectWrite);
                CheckPatience();
            }
            else if (error != SocketError.Success)
            {
                throw Gone();
            }
        }
    }

    /// <summary>Whether something has come that has not been taken.</summary>
    public bool HasMore => inputLength > 0 || socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Takes an answer's value, if it has come; 0 of one that has none.</summary>
    /// <exception cref="IOException">QEMU is gone, has failed, or says what is no answer.</exception>
    public bool TryTake(out ulong value)
    {
        while (true)
        {
            while (NextLine() is { } line)
                if (!line.StartsWith("IRQ ", StringComparison.Ordinal))
                {
                    value = ValueOf(line);
                    return true;
                }
            value = 0;
            if (!Receive()) return false;
        }
    }

    /// <summary>QEMU has waited for us, and goes on now.</summary>
    public void Resume() => lastSent = Environment.TickCount64;

    /// <exception cref="IOException">The answer has not come for too long.</exception>
    public void CheckPatience()
    {
        if (Environment.TickCount64 - lastSent > (long)patience.TotalMilliseconds)
            throw new IOException($"QEMU has not answered for {patience.TotalSeconds:0.#} s. Its process is ended; attach again. If it "
                + "comes to that again, the device waits for something that it is not given: see what QEMU says with its properties.");
    }

    public void Dispose() => socket.Dispose();

    private string? NextLine()
    {
        var end = input.AsSpan(0, inputLength).IndexOf((byte)'\n');
        if (end < 0)
            return inputLength < LongestLine ? null : throw Nonsense(Encoding.Latin1.GetString(input, 0, inputLength), "a line without an end");
        var line = Encoding.Latin1.GetString(input, 0, end).TrimEnd('\r');
        inputLength -= end + 1;
        input.AsSpan(end + 1, inputLength).CopyTo(input);
        return line;
    }

    private bool Receive()
    {
        var received = socket.Receive(input.AsSpan(inputLength), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return false;
        if (error != SocketError.Success || received == 0) throw Gone();
        inputLength += received;
        return true;
    }

    private static ulong ValueOf(string line)
    {
        if (line == "OK") return 0;
        if (!line.StartsWith("OK ", StringComparison.Ordinal)) throw Nonsense(line, "expected OK");
        var text = line.AsSpan(3).Trim();
        ulong value;
        if (text.StartsWith("0x", StringComparison.Ordinal)
                ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
                : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value))
            return value;
        // What is no number is a word: "little", of the byte order.
        return text.Length <= 8 && !text.ContainsAnyExceptInRange('a', 'z') ? 0UL : throw Nonsense(line, "expected a number");
    }

    private static IOException Nonsense(string line, string what) => new(
        $"QEMU answered what is no answer of qtest, {what}: '{PrintableText.Of(line, 80)}'. Use the QEMU that emu guest --prepare fetches.");

    private static QemuGoneException Gone() => new();

    private static Socket NonBlocking(Socket socket)
    {
        socket.Blocking = false;
        return socket;
    }
}
