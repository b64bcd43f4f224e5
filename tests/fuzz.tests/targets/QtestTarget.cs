using System.Net.Sockets;
using System.Text;
using Pcie.Qtest;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// Answers of qtest, spoilt anywhere, and the connection closed behind them: each is a value or the end, and what is no answer is refused.
/// <code>
/// socket ── QtestSocket
/// </code>
/// </summary>
internal sealed class QtestTarget : IFuzzTarget
{
    private static readonly byte[][] Answers =
    [
        .. ((string[])["OK", "OK little", "OK 0x0000000011e81234", "OK 0xffffffffffffffff", "OK 18446744073709551615", "IRQ raise 20", "IRQ lower 20",
            "FAIL Unknown command 'clock_step'"]).Select(line => Encoding.ASCII.GetBytes(line + "\n")),
    ];

    // It lives as long as the process.
    private readonly Lazy<Socket> listening = new(Listen);

    public byte[] Next(Mutator mutator)
    {
        var lines = new List<byte[]>();
        for (var more = mutator.Below(12); more >= 0; more--) lines.Add(mutator.Any(Answers));
        lines[mutator.Below(lines.Count)] = mutator.Spoil(Answers);
        return [.. lines.SelectMany(line => line)];
    }

    public bool Take(byte[] input)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        server.Connect(listening.Value.LocalEndPoint!);
        server.Send(input);
        server.Shutdown(SocketShutdown.Send);
        using var qtest = new QtestSocket(listening.Value.Accept(), TimeSpan.FromSeconds(1));
        try
        {
            while (qtest.TryTake(out _))
            {
                // Another answer.
            }
            throw new InvalidOperationException("The connection was closed, and the socket waits for more.");
        }
        catch (QemuGoneException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Socket Listen()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(1);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(path);
        return socket;
    }
}
