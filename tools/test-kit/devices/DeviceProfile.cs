using Pcie.Pci.Config;
using Pcie.Time;

namespace Pcie.TestKit.Devices;

/// <summary>
/// What a test of any device has to know of one, since no standard says it: how to make it send. Handed to the suite, or known by vendor and
/// device ID; what a profile does not have, a check that needs it says.
/// </summary>
public abstract class DeviceProfile
{
    /// <summary>For a person.</summary>
    public abstract string Name { get; }

    public virtual RegisterMap Registers => RegisterMap.Empty;

    /// <summary>A register or field that keeps what is written to it and does nothing; null if there is none.</summary>
    public virtual string? Scratch => null;

    /// <summary>A bit that <see cref="Raise"/> of message 0 sets, and that is cleared by writing 1; null if there is none.</summary>
    public virtual string? WriteOneToClear => null;

    /// <summary>Messages that <see cref="Raise"/> can tell apart.</summary>
    public virtual int Messages => 0;

    /// <summary>Makes the device send a message, or try to, whatever it has done before.</summary>
    /// <exception cref="NotApplicableException">It cannot be made to.</exception>
    public virtual void Raise(TestBench bench, int message) => throw Unknown("how to make it raise a message");

    /// <summary>Takes back what <see cref="Raise"/> has raised: the device wants no service any more.</summary>
    /// <returns>Whether the profile knows how.</returns>
    public virtual bool Acknowledge(TestBench bench) => false;

    /// <summary>Makes the device write data to host memory and raise message 0 when it is there.</summary>
    /// <returns>Whether the data is whole now.</returns>
    /// <exception cref="NotApplicableException">It cannot be made to.</exception>
    public virtual Func<bool> Stream(TestBench bench) => throw Unknown("how to make it write data");

    /// <summary>How long the data may take.</summary>
    public virtual Duration StreamTime => Duration.FromSeconds(1);

    /// <summary>Names of checks that are not tried, because the device lacks what they are about, and what that is.</summary>
    public virtual IReadOnlyDictionary<string, string> Lacks => new Dictionary<string, string>();

    /// <summary>What it does otherwise than it should, and is known to.</summary>
    public virtual IReadOnlyList<ExpectedDifference> Differences => [];

    /// <summary>The profile of the device that is attached.</summary>
    public static DeviceProfile Of(TestBench bench)
    {
        var id = (bench.Config.Read(ConfigLayout.VendorId, 2), bench.Config.Read(ConfigLayout.DeviceId, 2));
        return id switch
        {
            (0xFDA0, 0xDA01) => new DaqProfile(),
            (0x1234, 0x11E8) => new EduProfile(),
            _ => new UnknownProfile($"{id.Item1:x4}:{id.Item2:x4}"),
        };
    }

    private NotApplicableException Unknown(string what) => new($"the kit does not know of {Name} {what}");

    private sealed class UnknownProfile(string id) : DeviceProfile
    {
        public override string Name => $"the device {id}";
    }
}
