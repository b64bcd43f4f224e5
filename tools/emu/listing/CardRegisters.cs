using Pcie.Emulator.Daq;
using Pcie.Emulator.Device;
using Pcie.Emulator.Edu;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Registers;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Time;

namespace Pcie.Emu.Listing;

/// <summary>The registers of a card of ours, by the vendor and device ID that a recording has.</summary>
/// <param name="Configuration">Configuration space.</param>
/// <param name="Bar0">The card's own.</param>
internal sealed record CardRegisters(RegisterFile Configuration, RegisterFile Bar0)
{
    /// <returns>Null if it is no card of ours.</returns>
    public static CardRegisters? Find(ushort vendorId, ushort deviceId)
    {
        foreach (var make in (Func<ICard>[])[() => new DaqCard(new DaqCardOptions()), () => new EduDevice()])
        {
            using var card = new EmulatedCard(make(), new DirectTransport(),
                new LinkSessionOptions(Pacing.FreeRunning, LatencyRange.Default), Duration.FromMilliseconds(50));
            var identity = card.Card.Identity;
            if (identity.VendorId == vendorId && identity.DeviceId == deviceId)
                return new CardRegisters(card.Function.Configuration, card.Card.Registers);
        }
        return null;
    }
}
