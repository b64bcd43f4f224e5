namespace Pcie.Link.Tests;

public sealed class LinkUriTests
{
    [Theory]
    [InlineData("inproc:")]
    [InlineData("http://127.0.0.1:43211")]
    [InlineData("http://[::1]:0")]
    [InlineData("http://card.example:80")]
    [InlineData("https://card.example:50051")]
    [InlineData("unix:/tmp/card.sock")]
    [InlineData("shm:/tmp/card.sock")]
    [InlineData("shm:my-card_2")]
    public void EveryFormIsParsedAndPrintedAsItWas(string text) => Assert.Equal(text, LinkUri.Parse(text).ToString());

    [Theory]
    [InlineData("", "is no link")]
    [InlineData("ftp://host:1", "is no link")]
    [InlineData("127.0.0.1:5000", "is no link")]
    [InlineData("shm:", "absolute")]
    [InlineData("shm:a/b", "absolute")]
    [InlineData("http://host", "port is missing")]
    [InlineData("http://[::1]", "port is missing")]
    [InlineData("http://:5000", "expected")]
    [InlineData("https://*:5000", "all addresses of a machine are 0.0.0.0 or [::]")]
    [InlineData("https://+:5000", "all addresses of a machine are 0.0.0.0 or [::]")]
    [InlineData("http://host:99999", "expected")]
    [InlineData("http://host:5000/path", "expected")]
    [InlineData("http://user@host:5000", "expected")]
    [InlineData("unix:relative", "absolute")]
    [InlineData("unix:", "absolute")]
    public void AnythingElseIsRefusedSayingWhatIsWrong(string text, string reason)
    {
        var refused = Assert.Throws<FormatException>(() => LinkUri.Parse(text));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", refused.Message, StringComparison.Ordinal);
    }

    // Whether a path is absolute, each system says in its own way.
    [Theory]
    [InlineData(@"unix:C:\Users\me\card.sock", true, true)]
    [InlineData("unix:c:/temp/card.sock", true, true)]
    [InlineData(@"unix:\card.sock", true, false)]
    [InlineData(@"unix:C:card.sock", true, false)]
    [InlineData("unix:/tmp/card.sock", true, false)]
    [InlineData(@"unix:C:\card.sock", false, false)]
    [InlineData("unix:/tmp/card.sock", false, true)]
    public void APathIsAbsoluteAsTheSystemHasIt(string text, bool windows, bool isTaken)
    {
        Assert.Equal(isTaken, LinkUri.TryParse(text, windows, out var uri, out _));
        if (isTaken) Assert.Equal(text, uri!.ToString());
    }

    [Fact]
    public void ANameIsASocketOfThatNameWhereTemporaryFilesAre() =>
        Assert.Equal((Path.Combine(Path.GetTempPath(), "pcie-mine.sock"), true),
            (LinkUri.Parse("shm:mine").Path, LinkUri.Parse("shm:mine").IsSocketFile));

    [Fact]
    public void AUnixPathLongerThanASocketAddressHoldsIsRefused()
    {
        Assert.Equal(107, LinkUri.Parse($"unix:/{new string('x', 106)}").Path.Length);
        Assert.Throws<FormatException>(() => LinkUri.Parse($"unix:/{new string('x', 107)}"));
    }

    [Fact]
    public void ARefusalListsTheForms()
    {
        var refused = Assert.Throws<FormatException>(() => LinkUri.Parse("tcp:9"));

        foreach (var form in (string[])["inproc:", "http://host:port", "https://host:port", "unix:/path", "shm:/path", "shm:name"])
            Assert.Contains(form, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", true)]
    [InlineData("http://localhost:1", true)]
    [InlineData("http://[::1]:1", true)]
    [InlineData("unix:/s", true)]
    [InlineData("shm:s", true)]
    [InlineData("http://0.0.0.0:1", false)]
    [InlineData("http://192.0.2.1:1", false)]
    [InlineData("http://card.example:1", false)]
    public void OnlyAddressesOfThisMachineAreLoopback(string text, bool loopback) =>
        Assert.Equal(loopback, LinkUri.Parse(text).IsLoopback);
}
