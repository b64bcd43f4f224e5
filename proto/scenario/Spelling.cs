namespace Pcie.Scenario;

/// <summary>Finds what somebody probably meant to write.</summary>
public static class Spelling
{
    /// <summary>The candidate nearest to a word, if it is near enough to be meant: at most a third of its letters wrong.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var nearest = candidates.MinBy(candidate => Distance(word, candidate));
        return nearest is not null && Distance(word, nearest) * 3 <= Math.Max(word.Length, nearest.Length) ? nearest : null;
    }

    /// <summary>How many letters to insert, remove, replace, or swap with their neighbours, to get from one word to the other.</summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replaced, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
