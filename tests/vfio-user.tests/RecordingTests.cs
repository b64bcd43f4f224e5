using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.VfioUser.Tests.Fixtures;

namespace Pcie.VfioUser.Tests;

/// <summary>A guest's session is recorded as any host's is.</summary>
public sealed class RecordingTests
{
    [Fact]
    public void EachSessionIsAFileOfItsRequestsAndAnswers()
    {
        var folder = Directory.CreateTempSubdirectory("vfio-");
        try
        {
            var (first, second) = (Path.Combine(folder.FullName, "guest.tlps"), Path.Combine(folder.FullName, "guest.2.tlps"));
            using var server = new Server(record: first);
            for (var session = 0; session < 2; session++)
            {
                using (var client = server.Connect())
                {
                    client.Enable();
                    for (var i = 0; i <= session; i++) client.ReadWord(0, 0);
                    // More than there are tags: they come round.
                    client.Read(Client.Config, 0, 4096);
                }
                Assert.Equal(LinkDownReason.Detached, server.SessionEnds().Reason);
            }

            // Enumeration has 64 reads, and 18 requests that size BARs; Enable writes three words.
            var (one, two) = (SessionSummary.Of(first), SessionSummary.Of(second));
            Assert.Equal((64 + 18 + 3 + 1 + 1024, 64 + 18 + 3 + 1 + 1024), (one.Requests, one.Speech));
            Assert.Equal((64 + 18 + 3 + 2 + 1024, 64 + 18 + 3 + 2 + 1024), (two.Requests, two.Speech));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
