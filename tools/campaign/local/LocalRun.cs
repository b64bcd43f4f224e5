using Pcie.Campaign.Plan;
using Pcie.Campaign.Units;

namespace Pcie.Campaign.Local;

/// <summary>Runs a campaign's units on processors of this machine, a thread each.</summary>
public sealed class LocalRun(CampaignPlan plan, IUnitRunner runner, int processors)
{
    private readonly Lock taking = new(), giving = new();

    /// <summary>Runs what is not done yet.</summary>
    /// <param name="isDone">Whether a unit of this row and seed number is.</param>
    /// <param name="add">Gets what each came to, one after the other.</param>
    /// <exception cref="OperationCanceledException">It was interrupted; what was added is whole.</exception>
    public void Execute(Func<int, int, bool> isDone, Action<int, int, UnitOutcome> add, CancellationToken cancellation)
    {
        using var folder = new ContentFolder();
        foreach (var file in plan.Rows.SelectMany(row => row.Content.Files)) folder.Link(file);
        using var units = plan.EnumerateUnits().GetEnumerator();
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Exception? defect = null;
        var threads = Enumerable.Range(0, (int)Math.Min(processors, plan.Units))
            .Select(i => new Thread(Work) { Name = $"unit {i}", IsBackground = true }).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (defect is not null) throw new InvalidOperationException($"A unit ended with {defect.Message}", defect);
        cancellation.ThrowIfCancellationRequested();

        void Work()
        {
            try
            {
                while (!failed.IsCancellationRequested && Take() is var (row, seed))
                {
                    var of = plan.Rows[row];
                    var outcome = runner.Run(of.Content.Text, folder.Path, of.SeedOf(seed), failed.Token);
                    lock (giving) add(row, seed, outcome);
                }
            }
            catch (OperationCanceledException)
            {
                // Another unit's end, or the user's wish; said by whoever waits.
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref defect, e, null);
                failed.Cancel();
            }
        }

        (int Row, int Seed)? Take()
        {
            lock (taking)
            {
                while (units.MoveNext())
                    if (!isDone(units.Current.Row, units.Current.Seed)) return units.Current;
                return null;
            }
        }
    }
}
