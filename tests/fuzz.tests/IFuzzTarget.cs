namespace Pcie.Fuzz.Tests;

/// <summary>What hostile input is given to. One thread uses it, for one seed after the other's cases.</summary>
internal interface IFuzzTarget
{
    /// <summary>The input of the next case: mostly something valid that was spoilt.</summary>
    byte[] Next(Mutator mutator);

    /// <summary>
    /// Gives it the input. True if all of it was taken, false if something was refused in the way that is documented. Any exception is a defect.
    /// </summary>
    bool Take(byte[] input);
}
