using Pcie.Fixtures.Programs;

namespace Pcie.Ui.Tests;

/// <summary><c>emu ui</c> in a process of its own.</summary>
public sealed class ServedPage : IDisposable
{
    private const string Ready = "page at ";

    private ServedPage(RunningProgram program, string address) => (Program, Address) = (program, address);

    public RunningProgram Program { get; }

    /// <summary>Where the page is.</summary>
    public string Address { get; }

    public static async Task<ServedPage> StartAsync(params IEnumerable<string> uris)
    {
        var program = RunningProgram.Start("emu", ["ui", .. uris, "--listen", "http://127.0.0.1:0"]);
        try
        {
            return new ServedPage(program, (await program.PrintsAsync(Ready))[Ready.Length..]);
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    public void Dispose() => Program.Dispose();
}
