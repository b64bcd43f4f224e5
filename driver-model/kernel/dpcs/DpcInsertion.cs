namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>From where a DPC comes into a queue, which decides whether the queue's processor is told.</summary>
internal enum DpcInsertion : byte
{
    /// <summary>The processor that queues it is the queue's own.</summary>
    Own,

    /// <summary>Another processor queues it.</summary>
    Remote,

    /// <summary>Another processor queues it, and the queue's processor is idle and polls its queue.</summary>
    RemoteToPolling,
}
