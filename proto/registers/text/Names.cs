namespace Pcie.Registers.Text;

/// <summary>The names of a file that is written, each for one thing.</summary>
/// <param name="language">For a refusal.</param>
internal sealed class Names(string language)
{
    private readonly Dictionary<string, string> taken = [];

    /// <param name="what">What it is the name of.</param>
    /// <exception cref="InvalidDataException">It is something else's too.</exception>
    public string Take(string name, string what) => taken.TryAdd(name, what) ? name
        : throw new InvalidDataException($"{language}: {name} would be {taken[name]}, and {what} too; rename one of them in the map");
}
