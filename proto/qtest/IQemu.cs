namespace Pcie.Qtest;

/// <summary>What can be seen of a QEMU from outside, while it waits for an answer of ours.</summary>
internal interface IQemu : IDisposable
{
    /// <summary>Its clock (ns); null if it cannot be seen.</summary>
    long? Clock { get; }

    /// <summary>Whether it can.</summary>
    bool ShowsClock { get; }

    /// <summary>It has been set to this: by two of them it is found where it is kept.</summary>
    void ClockIsAt(long now);

    /// <summary>Whether none of its threads has anything to do.</summary>
    bool IsAtRest { get; }

    /// <summary>Why it has ended, as far as it said, for a person who is to do something.</summary>
    string WhyGone();
}
