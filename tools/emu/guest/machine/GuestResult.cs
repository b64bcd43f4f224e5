using System.Globalization;
using Pcie.Files;

namespace Pcie.Emu.Guest.Machine;

/// <summary>What a guest has left: its files, the status of its script, and how long it was up.</summary>
/// <param name="Folder">The files.</param>
/// <param name="Console">What it printed.</param>
internal sealed record GuestResult(string Folder, IReadOnlyList<string> Console)
{
    /// <summary>Exit status of the script; null if the guest did not come that far.</summary>
    public int? Status => Has("status") && int.TryParse(Text("status"), CultureInfo.InvariantCulture, out var status) ? status : null;

    public bool Has(string file) => File.Exists(Path.Combine(Folder, file));

    public string PathOf(string file) => Path.Combine(Folder, file);

    public string Text(string file) => File.ReadAllText(Path.Combine(Folder, file)).Trim();

    /// <summary>Lines of a file as in <c>name=12</c>.</summary>
    public IReadOnlyDictionary<string, long> Numbers(string file) => Text(file).Split('\n')
        .Select(line => line.Split('=')).Where(parts => parts.Length == 2)
        .ToDictionary(parts => parts[0], parts => long.TryParse(parts[1], CultureInfo.InvariantCulture, out var number) ? number
            : throw new InvalidDataException($"The guest says that {parts[0]} is '{PrintableText.Of(parts[1], 40)}'; expected a whole number."));
}
