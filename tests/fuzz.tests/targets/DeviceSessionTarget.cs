using System.Buffers;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Codec;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// A host's frames, spoilt on the wire, against a free-running card: every frame that the codec passes on is answered if it asks to be, or
/// the session ends and says what was wrong.
/// </summary>
internal sealed class DeviceSessionTarget : IFuzzTarget
{
    private const int MostFrames = 8;

    // A device may be let run for as long as its host says; here not for hours.
    private static readonly Duration LongestPromise = Duration.FromMilliseconds(20);

    public byte[] Next(Mutator mutator)
    {
        var bytes = new List<byte>();
        var first = mutator.Below(RealFrames.FromHost.Length - MostFrames);
        // The beginning of a run sets the card up, so that there is something to disturb.
        if (!mutator.OneIn(4)) first = 0;
        for (var i = first; i < first + MostFrames; i++)
        {
            var frame = mutator.OneIn(3) ? mutator.Spoil(RealFrames.FromHost) : RealFrames.FromHost[i];
            bytes.AddRange(BitConverter.GetBytes((ushort)frame.Length));
            bytes.AddRange(frame);
        }
        return [.. bytes];
    }

    public bool Take(byte[] input)
    {
        var deviceEnd = new DirectTransport();
        using var card = new EmulatedCard(CardDesign.Daq(new DaqCardOptions { ChunkSize = 256, Period = Duration.FromMicroseconds(50) }), deviceEnd,
            new LinkSessionOptions(Pacing.FreeRunning, LatencyRange.Default), Duration.FromMilliseconds(10));
        var hostEnd = deviceEnd.CreateHostEnd(card.Session.ServePending);
        var (latest, refused) = (SimTime.Zero, false);
        for (var at = 0; at + 2 <= input.Length && card.Session.Down is null;)
        {
            var length = Math.Min(BitConverter.ToUInt16(input, at), input.Length - at - 2);
            var (from, frame) = (at + 2, hostEnd.Pool.Rent());
            at = from + length;
            try
            {
                if (!FrameCodec.TryRead(new ReadOnlySequence<byte>(input, from, length), LinkDirection.HostToDevice, frame)) continue;
            }
            catch (LinkProtocolException)
            {
                // A transport would end the session; here the frame is left out, so that more of the session is reached.
                refused = true;
                continue;
            }
            frame.Promise = SimTime.Min(frame.Promise, latest + LongestPromise);
            if (frame.EndOfRun != SimTime.Never) frame.EndOfRun = SimTime.Min(frame.EndOfRun, latest + LongestPromise);
            latest = SimTime.Max(latest, frame.Promise);
            var asks = frame.PromiseRequested;
            hostEnd.Send(frame);
            var reply = hostEnd.Receive(TimeSpan.Zero);
            if (card.Session.Down is not null) break;
            Assert.Equal(asks, reply is not null);
            if (reply is not null) hostEnd.Pool.Return(reply);
        }
        if (card.Session.Down is not { } down) return !refused;
        Assert.Equal(LinkDownReason.ProtocolError, down.Reason);
        Assert.Contains("broke the protocol", down.Message, StringComparison.Ordinal);
        return false;
    }
}
