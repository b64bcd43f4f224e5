using System.Diagnostics;
using System.Net.Sockets;
using NLog;
using Pcie.Files;
using Pcie.Logging;
using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser;

/// <summary>Takes clients of vfio-user: one after the other, as far as the exchange of versions.</summary>
/// <param name="listening">Bound to the path that clients name. Disposed with this.</param>
public sealed class VfioUserListener(Socket listening, VfioUserCounters counters) : IDisposable
{
    // Who has nothing to say must not keep others waiting.
    private static readonly TimeSpan VersionTimeout = TimeSpan.FromSeconds(2);

    private static readonly Logger Log = LogManager.GetLogger("Pcie.VfioUser");

    /// <summary>Why this system cannot be a server; null if it can.</summary>
    public static string? WhyNot =>
        Native.IsSupported ? null : "vfio-user needs a 64-bit Linux: memory and interrupts are file descriptors in messages";

    /// <summary>Waits for the next client.</summary>
    /// <returns>Null when this was disposed.</returns>
    public VfioUserClient? Accept()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = listening.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return null;
            }
            if (Greet(accepted) is { } client) return client;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => listening.Dispose();

    internal static void Refuse(MessageSocket socket, in MessageHeader asked, RequestRefusedException why, VfioUserCounters counters)
    {
        using (socket)
        {
            Log.Repeatedly(LogLevel.Warn, counters.ClientRefused(why.Errno), $"Refused a client: {why.Message}.");
            socket.Compose();
            socket.Send(new MessageHeader(
                asked.Id, asked.Command, MessageHeader.Length, MessageHeader.Reply | MessageHeader.IsAnError, why.Errno));
        }
    }

    /// <summary>Exchanges versions with who has connected.</summary>
    /// <returns>Null if it has been left.</returns>
    internal VfioUserClient? Greet(Socket accepted)
    {
        if (Open(accepted) is not { } socket) return null;
        try
        {
            if (FirstMessage(socket) is not { } message) throw new InvalidDataException(socket.Ended ?? "it said nothing for two seconds");
            try
            {
                if (message.Header is not { Command: Command.Version, Flags: 0 } || message.Descriptors.Count > 0 || !message.HasAllDescriptors)
                    throw new RequestRefusedException(Errno.Invalid, $"the first message was {message.Header.Command} with flags "
                        + $"0x{message.Header.Flags:X} and {message.Descriptors.Count} file descriptors; expected VERSION with neither");
                return new VfioUserClient(NameOf(accepted), socket, message.Header, VersionMessage.Read(message.Payload.Span), counters);
            }
            catch (RequestRefusedException e)
            {
                Refuse(socket, message.Header, e, counters);
                return null;
            }
        }
        catch (InvalidDataException e)
        {
            Log.Repeatedly(LogLevel.Warn, counters.ProtocolError(), $"A client was left before it had said its version: {e.Message}.");
            socket.Dispose();
            return null;
        }
    }

    private MessageSocket? Open(Socket accepted)
    {
        try
        {
            return new MessageSocket(accepted);
        }
        catch (IOException e)
        {
            Log.Repeatedly(LogLevel.Error, counters.ProtocolError(), $"A client was left before it had said its version: {e.Message}");
            accepted.Dispose();
            return null;
        }
    }

    private static ReceivedMessage? FirstMessage(MessageSocket socket)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (socket.TryTake(repliesOnly: false, out var message)) return message;
            var left = VersionTimeout - Stopwatch.GetElapsedTime(began);
            if (socket.Ended is not null || left <= TimeSpan.Zero) return null;
            socket.Wait(left);
        }
    }

    // struct ucred: the process that connected.
    private static string NameOf(Socket accepted)
    {
        try
        {
            Span<byte> credentials = stackalloc byte[3 * sizeof(int)];
            accepted.GetRawSocketOption(Native.SolSocket, Native.PeerCredentials, credentials);
            var process = BitConverter.ToInt32(credentials);
            // As it was called, which need not be the file that is executed.
            var called = File.ReadAllText($"/proc/{process}/cmdline").Split('\0')[0];
            return $"{PrintableText.Of(Path.GetFileName(called))}, process {process}";
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            return "a vfio-user client";
        }
    }
}
