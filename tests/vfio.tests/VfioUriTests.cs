using Pcie.Attach;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Time;

namespace Pcie.Vfio.Tests;

/// <summary>How a function of this machine is named, and what is refused before it is touched.</summary>
public sealed class VfioUriTests
{
    [Theory]
    [InlineData("vfio:0000:03:00.0", "0000:03:00.0")]
    [InlineData("vfio:03:00.0", "0000:03:00.0")]
    [InlineData("vfio:0001:AF:1f.7", "0001:af:1f.7")]
    public void AFunctionIsNamedAsLspciNamesIt(string text, string device)
    {
        var uri = LinkUri.Parse(text);

        Assert.Equal((LinkScheme.Vfio, device), (uri.Scheme, uri.Device));
        Assert.Equal(uri, LinkUri.Parse(uri.ToString()));
    }

    [Theory]
    [InlineData("vfio:")]
    [InlineData("vfio:3:0.0")]
    [InlineData("vfio:0000:03:00.8")]
    [InlineData("vfio:0000:03:00")]
    [InlineData("vfio:../../etc")]
    [InlineData("vfio:0000:03:00.0 ")]
    public void AnythingElseIsRefused(string text) => Assert.Contains("names no PCI function",
        Assert.Throws<FormatException>(() => LinkUri.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task SimulatedTimeIsRefusedWithTheKeyThatHelps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "VFIO is Linux'.");
        var options = new ConnectOptions("test", Pacing.FreeRunning, Duration.FromMicroseconds(1));

        var refused = await Assert.ThrowsAsync<IOException>(() => HostAttachment.AttachAsync(
            LinkUri.Parse("vfio:ffff:ff:1f.7"), options, twoThreads: false, TestContext.Current.CancellationToken));

        Assert.Contains("--set run.pacing=wall-clock", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFunctionThatIsNotThereIsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "VFIO is Linux'.");
        var options = new ConnectOptions("test", Pacing.WallClock, Duration.FromMicroseconds(1));

        var refused = await Assert.ThrowsAsync<IOException>(() => HostAttachment.AttachAsync(
            LinkUri.Parse("vfio:ffff:ff:1f.7"), options, twoThreads: false, TestContext.Current.CancellationToken));

        Assert.StartsWith("vfio:ffff:ff:1f.7: There is no PCI function", refused.Message, StringComparison.Ordinal);
    }
}
