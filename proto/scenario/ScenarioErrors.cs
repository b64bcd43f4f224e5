namespace Pcie.Scenario;

/// <summary>
/// What several readers of a scenario refuse, to be said at once: each reads its part, and what rests on a part that was refused is left out.
/// <code>
/// var errors = new ScenarioErrors();
/// var run = errors.Of(() => RunScenario.Read(file));
/// var card = errors.Of(() => CardOptions.Read(file));
/// errors.ThrowIfAny();
/// </code>
/// </summary>
public sealed class ScenarioErrors
{
    private readonly List<ScenarioError> all = [];

    /// <summary>Whether something was refused.</summary>
    public bool Any => all.Count > 0;

    /// <summary>What a reader reads; null if it refuses.</summary>
    public T? Of<T>(Func<T> read) where T : class
    {
        T? value = null;
        Try(() => value = read());
        return value;
    }

    /// <summary>Has something read or checked.</summary>
    public void Try(Action read)
    {
        try
        {
            read();
        }
        catch (ScenarioException e)
        {
            all.AddRange(e.All);
        }
    }

    /// <exception cref="ScenarioException">Something was refused: all of it, in order of the places in the file.</exception>
    public void ThrowIfAny()
    {
        if (!Any) return;
        var said = all.DistinctBy(error => error.ToString()).OrderBy(error => error.At?.Text.Name, StringComparer.Ordinal)
            .ThenBy(error => error.At?.Line).ThenBy(error => error.At?.Column).ToList();
        throw new ScenarioException(said);
    }

    internal void Add(ScenarioPosition at, string message) => all.Add(new ScenarioError(at, message));
}
