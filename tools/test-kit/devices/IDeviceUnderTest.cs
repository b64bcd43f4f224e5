using Pcie.Link;

namespace Pcie.TestKit.Devices;

/// <summary>A device that can be attached again and again, each time as after power-on.</summary>
public interface IDeviceUnderTest
{
    /// <summary>Where it is, for a person.</summary>
    string Place { get; }

    /// <summary>Attaches a host.</summary>
    /// <exception cref="LinkRefusedException">The device would not be attached.</exception>
    /// <exception cref="TimeoutException">Nobody is there.</exception>
    ILinkTransport Attach(TestBenchOptions options);
}
