using System.Buffers.Binary;
using Pcie.Link;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.Pci.Memory;
using Pcie.VfioUser;

namespace Pcie.Qtest;

/// <summary>
/// A card of our own in QEMU, whose BARs lie where host memory is: what the device under test does to host memory are accesses to this card, which
/// come here one after the other, in the order in which the device made them, and QEMU waits for each. Messages are written to its last page.
/// </summary>
/// <remarks>Taking transactions allocates nothing in steady state.</remarks>
internal sealed class DmaWindow : IHostWindow
{
    // Below 4 GiB, for devices that know no more. Of the data a bit is set that tells a register that was written from one that
    // was reset.
    private const uint MsiAddress = 0x0FFF_F000, MsixAddress = MsiAddress + 0x10, MsiData = 0x4000, MsixData = 0x4000_0000;

    // A BAR begins at a multiple of its size: four of them are from 16 MiB, below which QEMU has memory of its own, to 256 MiB, the last that a
    // device with 28 bits can reach; one of 64 bits is from 4 to 8 GiB. HostMemory begins with either.
    private static readonly (int Bar, uint Attributes, uint Writable, uint Address)[] Bars =
    [
        (0, 0b1100, 0, 0), (1, 0, 0xFFFF_FFFF, 1), (2, 0, 0xFF00_0000, 0x0100_0000), (3, 0, 0xFE00_0000, 0x0200_0000),
        (4, 0, 0xFC00_0000, 0x0400_0000), (5, 0, 0xF800_0000, 0x0800_0000),
    ];

    private readonly VfioUserTransport transport;
    private readonly byte[] config = new byte[ConfigLayout.Size];
    private Frame? frame;
    private int next;

    /// <param name="client">QEMU.</param>
    public DmaWindow(VfioUserClient client)
    {
        // A read waits for the host, which may be under a debugger.
        transport = client.Begin(TimeSpan.FromDays(1));
        BinaryPrimitives.WriteUInt32LittleEndian(config, 0x0D0A_1234);
        BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(ConfigLayout.ClassRevision), 0x0580_0000);
        foreach (var (bar, attributes, _, _) in Bars)
            BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(ConfigLayout.Bar0 + 4 * bar), attributes);
    }

    /// <summary>The option by which QEMU has it.</summary>
    /// <param name="socket">Where this side listens.</param>
    public static string Option(string socket, int slot) => $$"""
        {"driver":"vfio-user-pci","addr":"{{slot:x}}.0","socket":{"type":"unix","path":"{{socket}}"},"x-no-posted-writes":true,"x-msg-timeout":86400000}
        """;

    /// <inheritdoc/>
    public MessageTarget Messages => new(MsiAddress, MsiData, MsixAddress, MsixData);

    /// <inheritdoc/>
    public IHostMemoryBacking? Memory => null;

    /// <inheritdoc/>
    public IEnumerable<(int Offset, uint Value)> Placement =>
        [.. Bars.Select(bar => (ConfigLayout.Bar0 + 4 * bar.Bar, bar.Address)), (ConfigLayout.Command, (uint)ConfigLayout.MemorySpace)];

    /// <inheritdoc/>
    public int AlsoAwaited
    {
        set => transport.AlsoAwaited = value;
    }

    /// <inheritdoc/>
    public bool HasMore => frame is not null || Take(TimeSpan.Zero);

    /// <inheritdoc/>
    public bool Wait(TimeSpan timeout) => frame is not null || Take(timeout);

    /// <inheritdoc/>
    public bool TryTake(out Tlp transaction)
    {
        transaction = default;
        while (true)
        {
            if (frame is null && !Take(TimeSpan.Zero)) return false;
            while (next < frame!.Count)
            {
                transaction = frame[next++];
                if (transaction.Kind is TlpKind.MemoryRead or TlpKind.MemoryWrite) return true;
                Configure(transaction, PayloadOf(transaction));
            }
            transport.Pool.Return(frame);
            frame = null;
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> PayloadOf(in Tlp transaction) => frame!.PayloadOf(transaction);

    /// <inheritdoc/>
    public void Answer(in Tlp read, ReadOnlySpan<byte> bytes)
    {
        var answer = transport.Pool.Rent();
        var place = answer.Add(Tlp.CompletionOf(read, CompletionStatus.Successful));
        if (bytes.Length == place.Length) bytes.CopyTo(place);
        else place.Fill(0xFF);
        transport.Send(answer);
    }

    public void Dispose() => transport.Dispose();

    private bool Take(TimeSpan timeout)
    {
        (frame, next) = (transport.Receive(timeout), 0);
        if (frame is null && transport.Down is { } down)
            throw down.Reason != LinkDownReason.ProtocolError ? new QemuGoneException()
                : new IOException($"QEMU broke the protocol vfio-user: {down.Message} Use the QEMU that emu guest --prepare fetches.");
        return frame is not null;
    }

    // A header, and nothing else.
    private void Configure(in Tlp request, ReadOnlySpan<byte> payload)
    {
        var register = config.AsSpan((int)request.Address, 4);
        var answer = transport.Pool.Rent();
        if (request.Kind == TlpKind.ConfigRead)
        {
            answer.Add(Tlp.CompletionOf(request, CompletionStatus.Successful), register);
        }
        else
        {
            for (var i = 0; i < 4; i++)
                if (request.IsEnabled(i) && WritableAt((int)request.Address + i) is var mask)
                    register[i] = (byte)(register[i] & ~mask | payload[i] & mask);
            answer.Add(Tlp.CompletionOf(request, CompletionStatus.Successful), default);
        }
        transport.Send(answer);
    }

    private static byte WritableAt(int offset)
    {
        foreach (var (bar, _, writable, _) in Bars)
            if (offset - (ConfigLayout.Bar0 + 4 * bar) is >= 0 and < 4 and var lane) return (byte)(writable >> 8 * lane);
        return offset == ConfigLayout.Command ? (byte)(ConfigLayout.MemorySpace | ConfigLayout.BusMaster) : (byte)0;
    }
}
