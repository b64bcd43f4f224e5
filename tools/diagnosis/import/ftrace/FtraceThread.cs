using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>
/// A thread of a Linux recording. That of a threaded interrupt (<c>irq/42-card</c>) is to its ISR what a DPC is: from its waking to its running it
/// waits.
/// </summary>
internal sealed class FtraceThread(int source)
{
    private int wokenOn = -1, servesOn = -1;

    public int Source => source;

    /// <param name="name">As <c>comm:pid</c>.</param>
    public static FtraceThread Of(string name, IMachineSink sink)
    {
        var isIdle = name.EndsWith(":0", StringComparison.Ordinal) && (name.StartsWith("swapper", StringComparison.Ordinal) || name == "<idle>:0");
        return new FtraceThread(sink.Source(isIdle ? Interval.Idle : name));
    }

    /// <summary>Somebody wakes it, and it is to run there. Of a waking and a wake-up, the first counts.</summary>
    public void Wake(int number, FtraceProcessor processor)
    {
        if (wokenOn >= 0 || servesOn >= 0) return;
        wokenOn = number;
        processor.ThreadWoken(source);
    }

    /// <summary>It gets a processor.</summary>
    public void Runs(int number, Func<int, FtraceProcessor> at)
    {
        if (wokenOn < 0) return;
        if (wokenOn == number) servesOn = number;
        else at(wokenOn).ThreadMoved(source);
        wokenOn = -1;
    }

    /// <summary>It gives the processor away.</summary>
    /// <returns>Whether it had been woken there.</returns>
    public bool Serves(int number)
    {
        var serves = servesOn == number;
        servesOn = -1;
        return serves;
    }
}
