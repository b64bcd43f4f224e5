using System.Diagnostics;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Scenario;

namespace Pcie.Slow.Tests;

/// <summary>A run by the wall clock ends when what was on its way has come, however long nothing comes before that.</summary>
public sealed class EndOfRunTests
{
    private const ulong SourceControl = 0x140;

    [Fact]
    public void WhatTheNetworkHoldsBackAroundTheEndOfTheRunIsWaitedFor()
    {
        var file = ScenarioFile.Load(ShippedScenarios.PathOf("stream"));
        var scenario = HostScenario.Read(file).With(null, "2s");
        var (hostEnd, deviceEnd) = InProcessTransport.CreatePair();
        var session = new LinkSessionOptions(scenario.Run.Pacing, scenario.Run.LinkLatency);
        using var card = new EmulatedCard(CardDesign.Daq(DaqCardOptions.Read(file, 1)), deviceEnd, session, scenario.Run.CompletionTimeout);
        var engine = new Thread(() => card.Session.Run(CancellationToken.None));
        engine.Start();

        var run = new HostRun(scenario, new Congested(hostEnd), null);
        var report = (DaqReport)run.Execute("inproc", () =>
        {
            lock (card.Session.EngineLock) return Control.CardStatistics.Of(card.GetStatistics());
        }, TestContext.Current.CancellationToken);
        engine.Join();

        Assert.Empty(report.Expect.Failures);
        Assert.Equal((0L, report.Chunks.Produced), (report.Chunks.InFlight, report.Chunks.Delivered));
        Assert.True(report.Data.HashEqual);
    }

    // A few frames after the source was started nothing comes any more, until a while after it was stopped.
    private sealed class Congested(ILinkTransport inner) : ILinkTransport
    {
        private static readonly TimeSpan Longer = TimeSpan.FromMilliseconds(600);

        private long started, stopped;
        private int framesSince;

        private bool IsHolding => started != 0 && framesSince >= 5 && (stopped == 0 || Stopwatch.GetElapsedTime(stopped) < Longer);

        public FramePool Pool => inner.Pool;

        public LinkDown? Down => inner.Down;

        public long FramesDiscarded => inner.FramesDiscarded;

        public void Send(Frame frame)
        {
            for (var i = 0; i < frame.Count; i++)
                if (frame[i] is { Kind: TlpKind.MemoryWrite } write && (write.Address & 0xFFF) == SourceControl)
                    (frame.PayloadOf(write)[0] == 1 ? ref started : ref stopped) = Stopwatch.GetTimestamp();
            inner.Send(frame);
        }

        public Frame? Receive(TimeSpan timeout)
        {
            if (IsHolding)
            {
                Thread.Yield();
                return null;
            }
            var frame = inner.Receive(timeout);
            if (frame is not null && started != 0) framesSince++;
            return frame;
        }

        public void Close(LinkDown reason) => inner.Close(reason);

        public void Wake() => inner.Wake();

        public void Dispose() => inner.Dispose();
    }
}
