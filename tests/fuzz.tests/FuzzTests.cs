using Pcie.Fuzz.Tests.Targets;
using Pcie.VfioUser;
using Pcie.VfioUser.Memory;
using Pcie.VfioUser.Sockets;

namespace Pcie.Fuzz.Tests;

/// <summary>
/// Hostile input, wherever input comes in: nothing crashes, hangs, or leaves memory behind; whatever is not taken is refused as documented.
/// Targets say how each refusal is counted where it has a counter. CONTRIBUTING.md says how to run a case again.
/// One class, so that campaigns run one after the other: each measures the memory of the process.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly Campaign[] Campaigns =
    [
        new("frames", 520_000, () => new FrameTarget()),
        new("shared-memory", 120_000, () => new SharedMemoryTarget()),
        new("data-link", 240_000, () => new DataLinkTarget()),
        new("function", 100_000, () => new FunctionTarget()),
        new("live-server", 1_200, () => new LiveServerTarget()),
        .. VfioUserListener.WhyNot is null ? [new Campaign("vfio-user", 1_200, () => new VfioUserTarget())] : (Campaign[])[],
        new("qtest", 10_000, () => new QtestTarget()),
        new("device-session", 20_000, () => new DeviceSessionTarget()),
        new("host-run", 2_000, () => new HostRunTarget()),
        new("scenarios", 12_000, () => new ScenarioTarget()),
        new("register-maps", 6_000, () => new RegisterMapTarget()),
        new("trace-files", 80_000, () => new TraceFileTarget()),
        new("session-files", 60_000, () => new SessionFileTarget()),
        new("playback-files", 80_000, () => new PlaybackFileTarget()),
        new("recordings", 16_000, () => new RecordingTarget()),
    ];

    public static TheoryData<string> Names => [.. Campaigns.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void HostileInputIsTakenOrRefusedAndNothingElse(string name)
    {
        var counts = Campaigns.Single(c => c.Name == name).Run();
        // What clients of vfio-user have sent is closed, and their memory is not mapped any more.
        Assert.Equal((0, 0), (FileDescriptor.Open, MappedFile.Mapped));
        output.WriteLine(counts);
        TestContext.Current.SendDiagnosticMessage("{0}", counts);
    }

    [Fact]
    public void ThereAreAMillionCases() => Assert.InRange(Campaigns.Sum(c => c.Cases), 1_000_000, int.MaxValue);
}
