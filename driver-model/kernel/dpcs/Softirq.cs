namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>Linux' softirqs, in the order in which a round serves them (include/linux/interrupt.h).</summary>
public enum Softirq : byte
{
    /// <summary>Tasklets of high priority.</summary>
    Hi,
    Timer,
    NetTx,
    NetRx,
    Block,
    IrqPoll,
    Tasklet,
    Sched,
    Hrtimer,
    Rcu,
}
