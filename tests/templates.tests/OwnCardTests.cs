using Pcie.Emulator;
using Pcie.Emulator.Hosting;

namespace Pcie.Templates.Tests;

/// <summary>A card of somebody's that does not come to be.</summary>
public sealed class OwnCardTests
{
    // It is who wrote the card who has to find it.
    [Fact]
    public async Task ACardThatThrowsInItsConstructorEndsItsProgramWithThePlaceWhereItDid()
    {
        var log = Path.GetTempFileName();
        try
        {
            var design = new CardDesign(MyCard.Identity, _ => Broken());
            var status = await CardProgram.RunAsync(["--listen", "http://127.0.0.1:0", "--log-file", log], design);

            Assert.Equal(1, status);
            var said = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
            Assert.Contains(": the first line below that is of yours says where", said, StringComparison.Ordinal);
            Assert.Contains("there is no ROM", said, StringComparison.Ordinal);
            Assert.Contains($"{nameof(OwnCardTests)}.{nameof(Broken)}", said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static MyCard Broken() => throw new InvalidOperationException("there is no ROM");
}
