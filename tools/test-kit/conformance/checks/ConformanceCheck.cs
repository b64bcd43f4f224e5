using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

/// <summary>One behaviour that a device must have. It gets a device as after power-on, and what it leaves behind does not matter.</summary>
/// <param name="name">By which it is chosen and reported.</param>
/// <param name="rule">What the device must do, in one sentence.</param>
/// <param name="section">Where that stands: sections of the PCI Express Base Specification, revision 5.0.</param>
public abstract class ConformanceCheck(string name, string rule, string section)
{
    public string Name => name;
    public string Rule => rule;
    public string Section => section;

    /// <summary>Shows that the device does so.</summary>
    /// <exception cref="ExpectationFailedException">It does otherwise.</exception>
    /// <exception cref="NotApplicableException">It has not what the rule is about.</exception>
    public abstract void Run(TestBench bench, DeviceProfile device);
}
