using NLog;
using Pcie.Files;

namespace Pcie.Workers.Working;

/// <summary>Asks the cluster until it answers: stores and workers go away and come back.</summary>
/// <param name="who">Whom messages are about.</param>
/// <param name="tell">Is told when it does not, and null when it does again.</param>
internal sealed class Patience(string who, Action<string?> tell, CancellationToken stopping)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Workers");
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <param name="what">What is tried, for a person.</param>
    /// <exception cref="InvalidDataException">The answer is that there is none.</exception>
    /// <exception cref="OperationCanceledException">The worker stops, whatever the cluster says to it meanwhile.</exception>
    public T Try<T>(string what, Func<Task<T>> ask)
    {
        var failed = 0;
        while (true)
        {
            stopping.ThrowIfCancellationRequested();
            try
            {
                var answer = ask().WaitAsync(stopping).GetAwaiter().GetResult();
                if (failed > 0) Say(null, $"{who} goes on");
                return answer;
            }
            catch (Exception e) when (e is not InvalidDataException)
            {
                // Whatever it was: nobody waits for it any more.
                stopping.ThrowIfCancellationRequested();
                // Once may be a worker that is no more: another one answers.
                var why = $"{who} waits: it cannot {what}: {PrintableText.Of(e.Message.Split('\n')[0])}";
                if (++failed == 2) Say(why, why);
                stopping.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(Math.Min(Longest.TotalMilliseconds, 100 * failed)));
            }
        }
    }

    private void Say(string? trouble, string text)
    {
        Log.Warn("{0}", text);
        tell(trouble);
    }
}
