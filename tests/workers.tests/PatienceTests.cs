using Pcie.Workers.Working;

namespace Pcie.Workers.Tests;

/// <summary>What a worker does while the cluster does not answer.</summary>
public sealed class PatienceTests
{
    private readonly List<string?> told = [];

    [Fact]
    public void WhoStopsStopsWhateverTheClusterSaysMeanwhile()
    {
        using var stopping = new CancellationTokenSource();
        var patience = new Patience("worker one", told.Add, stopping.Token);

        // The cluster goes away with the worker.
        Assert.Throws<OperationCanceledException>(() => patience.Try<int>("ask for units", () =>
        {
            stopping.Cancel();
            throw new IOException("connection refused");
        }));
        Assert.Empty(told);
    }

    [Fact]
    public void WhoGoesAwayAndComesBackIsAskedAgainAndTroubleIsToldOnce()
    {
        var asked = 0;
        var patience = new Patience("worker one", told.Add, CancellationToken.None);

        Assert.Equal(7, patience.Try("ask for units",
            () => ++asked <= 3 ? throw new IOException("connection refused\nat length") : Task.FromResult(7)));
        Assert.Equal(["worker one waits: it cannot ask for units: connection refused", null], told);
    }

    [Fact]
    public void AnAnswerThatThereIsNoneIsAnAnswer()
    {
        var patience = new Patience("worker one", told.Add, CancellationToken.None);

        Assert.Throws<InvalidDataException>(() => patience.Try<int>("fetch a scenario", () => throw new InvalidDataException("the cluster has not")));
        Assert.Empty(told);
    }
}
