namespace Pcie.Emu.Guest.Tests;

/// <summary>What a test has found: figures for a person, and what is wrong.</summary>
internal sealed class GuestVerdict
{
    private readonly List<string> lines = [], failures = [];

    public IReadOnlyList<string> Lines => lines;

    public IReadOnlyList<string> Failures => failures;

    public void Say(string line) => lines.Add(line);

    public void Expect(bool holds, string failure)
    {
        if (!holds) failures.Add(failure);
    }

    public void Equal(string what, object expected, object found) => Expect(expected.Equals(found), $"{what}: {found}; expected {expected}");
}
