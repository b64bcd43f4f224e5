using System.CommandLine;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.Emu.Commands;

/// <summary><c>emu scenarios</c>: the shipped scenarios, a line each.</summary>
internal static class ScenariosCommand
{
    public static Command Create()
    {
        var command = new Command("scenarios", "List the shipped scenarios.");
        command.SetAction(_ =>
        {
            var shipped = ScenarioCatalog.Shipped.ToList();
            var width = shipped.Max(s => s.Name.Length) + 2;
            foreach (var s in shipped) Console.WriteLine($"{s.Name.PadRight(width)}{s.Duration.ToString(),8}  {s.Title}");
            return ExitStatus.Done;
        });
        return command;
    }
}
