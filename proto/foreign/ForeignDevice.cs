using System.Buffers.Binary;
using Pcie.Pci;
using Pcie.Pci.Config;

namespace Pcie.Foreign;

/// <summary>
/// The transaction layer in front of a foreign function: requests become accesses, one after the other, and what nobody decodes is answered as a bus
/// answers it.
/// </summary>
internal sealed class ForeignDevice(IForeignFunction function, FunctionDecoder decoder, ForeignPort port) : ITlpReceiver
{
    /// <inheritdoc/>
    public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.Completion)
        {
            port.Complete(tlp, payload);
            return;
        }
        var (request, data) = (tlp, new byte[tlp.Length]);
        payload.CopyTo(data);
        port.Begin(() => ServeAsync(request, data));
    }

    /// <inheritdoc/>
    public void LinkWentDown(LinkDown down)
    {
        // Whoever has made the link ends the function with it.
    }

    private async ValueTask ServeAsync(Tlp request, byte[] data)
    {
        var status = await CarryAsync(request, data).ConfigureAwait(false);
        if (!request.IsNonPosted) return;
        var completion = Tlp.CompletionOf(request, status);
        port.Send(completion, completion.HasPayload ? data : default);
    }

    private async ValueTask<CompletionStatus> CarryAsync(Tlp request, byte[] data)
    {
        var (bar, offset) = (ForeignAccess.Config, request.Address);
        var isConfig = request.Kind is TlpKind.ConfigRead or TlpKind.ConfigWrite;
        if (isConfig ? offset + (ulong)request.Length > ConfigLayout.Size : !decoder.TryDecode(request.Address, request.Length, out bar, out offset))
            return CompletionStatus.UnsupportedRequest;
        var writes = request.Kind is TlpKind.ConfigWrite or TlpKind.MemoryWrite;
        for (var at = 0; at < data.Length;)
        {
            var (lead, bytes) = NextPiece(request, at, isConfig);
            if (bytes > 0)
            {
                var access = new ForeignAccess(bar, offset + (ulong)(at + lead), bytes, request.Address + (ulong)(at + lead))
                {
                    IsLast = !writes && at + lead + bytes == data.Length && port.Work.IsEmpty,
                };
                if (writes) await function.WriteAsync(access, ValueAt(data.AsSpan(at + lead, bytes))).ConfigureAwait(false);
                else Put(await function.ReadAsync(access).ConfigureAwait(false), data.AsSpan(at + lead, bytes));
            }
            // Bytes that are not enabled are passed over, in their DW or as the rest of it.
            at += bytes == 0 ? 4 - at % 4 : lead + bytes;
        }
        if (isConfig && writes && decoder.IsConcerned(offset)) await decoder.LookAsync().ConfigureAwait(false);
        return CompletionStatus.Successful;
    }

    // The next enabled bytes of a DW that are aligned and together; both DWs at once if that is all there is.
    private static (int Lead, int Bytes) NextPiece(in Tlp request, int at, bool isConfig)
    {
        if (!isConfig && request is { Length: 8, FirstByteEnables: 0xF, LastByteEnables: 0xF } && request.Address % 8 == 0) return (0, 8);
        var left = 4 - at % 4;
        for (var lead = 0; lead < left; lead++)
        {
            if (!request.IsEnabled(at + lead)) continue;
            var place = (at + lead) % 4;
            for (var bytes = 4; bytes > 1; bytes /= 2)
                if (place % bytes == 0 && AreEnabled(request, at + lead, bytes)) return (lead, bytes);
            return (lead, 1);
        }
        return (0, 0);
    }

    private static bool AreEnabled(in Tlp request, int at, int bytes)
    {
        for (var i = 0; i < bytes; i++)
            if (!request.IsEnabled(at + i)) return false;
        return true;
    }

    private static ulong ValueAt(ReadOnlySpan<byte> bytes)
    {
        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        whole.Clear();
        bytes.CopyTo(whole);
        return BinaryPrimitives.ReadUInt64LittleEndian(whole);
    }

    private static void Put(ulong value, Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(value >> 8 * i);
    }
}
