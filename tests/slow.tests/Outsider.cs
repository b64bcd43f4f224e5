using System.Diagnostics;
using System.Security;
using Pcie.Fixtures.Programs;

namespace Pcie.Slow.Tests;

/// <summary>
/// Somebody at a shell, in a folder: what is typed is run to its end, and has to succeed; what is typed at the prompt <c>card$</c> goes on beside it,
/// on a port of the system's choosing.
/// </summary>
public sealed class Outsider : IDisposable
{
    private const string CardPrompt = "card$ ", Documented = "http://127.0.0.1:5000", Ready = "listening on ";

    // What of NuGet's says that it cannot get at packages, rather than that they are wrong.
    private static readonly string[] Unreachable = ["NU1301", "NU1101", "Unable to load the service index"];

    private readonly TemporaryFolder? own;
    private string folder;
    private RunningProgram? card;
    private string address = Documented;

    /// <param name="folder">Where he is.</param>
    public Outsider(string folder) => this.folder = folder;

    private Outsider(TemporaryFolder own)
    {
        this.own = own;
        folder = Directory.CreateDirectory(own["work"]).FullName;
    }

    /// <summary>In a folder with nothing but the packages to get, a home of his own, and a cache of his own that begins with the machine's.</summary>
    public static async Task<Outsider> InAnEmptyFolderAsync(string packages)
    {
        var here = new Outsider(Path.GetTempPath());
        var sources = (await here.TypeAsync("dotnet nuget list source --format short")).Split('\n').Where(line => line.StartsWith("E ",
            StringComparison.Ordinal)).Select(line => line[2..].Trim()).ToList();
        var cache = (await here.TypeAsync("dotnet nuget locals global-packages --list")).Split(": ")[1].Trim();
        var own = new TemporaryFolder();
        var outsider = new Outsider(own);
        own.Write("nuget.config", $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="pcie" value="{SecurityElement.Escape(packages)}" />
                {string.Join('\n', sources.Select((source, i) => $"""<add key="machine-{i}" value="{SecurityElement.Escape(source)}" />"""))}
              </packageSources>
              <fallbackPackageFolders>
                <add key="machine" value="{SecurityElement.Escape(cache)}" />
              </fallbackPackageFolders>
            </configuration>
            """);
        return outsider;
    }

    /// <summary>Types a line. Where packages cannot be had from anywhere, the test is skipped.</summary>
    /// <returns>What it prints.</returns>
    public async Task<string> TypeAsync(string line)
    {
        if (line.StartsWith("cd ", StringComparison.Ordinal))
        {
            folder = Path.Combine(folder, line["cd ".Length..]);
            return "";
        }
        if (line.StartsWith(CardPrompt, StringComparison.Ordinal))
        {
            card = Start(line[CardPrompt.Length..].Replace(Documented, "http://127.0.0.1:0", StringComparison.Ordinal));
            address = (await card.PrintsAsync(Ready))[Ready.Length..];
            return "";
        }
        using var program = Start(line.Replace(Documented, address, StringComparison.Ordinal));
        var status = await program.ExitAsync();
        if (status != 0 && Array.Find(Unreachable, program.ToString().Contains) is { } reason)
            Assert.Skip($"Packages cannot be restored here: {line} says {reason}.");
        Assert.True(status == 0, $"{line}: {status}. {program}");
        return program.Output;
    }

    /// <summary>SIGTERM to the card, which ends as after an interrupt: with 0.</summary>
    public async Task TerminateCardAsync()
    {
        Assert.NotNull(card);
        card.Terminate();
        Assert.True(await card.ExitAsync() == 0, card.ToString());
    }

    public void Dispose()
    {
        card?.Dispose();
        own?.Dispose();
    }

    private RunningProgram Start(string line)
    {
        var words = line.Split(' ');
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = folder };
        if (own is not null)
        {
            start.Environment["DOTNET_CLI_HOME"] = own["home"];
            start.Environment["NUGET_PACKAGES"] = own["packages"];
        }
        // No server of the compiler or of MSBuild stays behind and holds our streams.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        // What runs this test has set them for itself.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.Ordinal)
            || name.StartsWith("TESTINGPLATFORM", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        return RunningProgram.Start(start);
    }
}
