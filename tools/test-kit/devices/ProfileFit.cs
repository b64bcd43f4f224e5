namespace Pcie.TestKit.Devices;

/// <summary>Whether a profile that somebody has written can be of the device that is there.</summary>
internal static class ProfileFit
{
    /// <exception cref="InvalidDataException">It names a register where the device has none; says which, where, and what to do.</exception>
    public static void Require(TestBench bench, DeviceProfile profile)
    {
        bench.Enumerate(command: 0);
        foreach (var (name, place) in profile.Registers.Names.Select(name => (name, profile.Registers[name])))
        {
            if (bench.IoBars.Contains(place.Bar)) continue;
            var at = $"the profile of {profile.Name} has {name} at 0x{place.Offset:X} in BAR {place.Bar}";
            const string Cure = "mend the profile, or name the device that it is of";
            var bar = bench.Bars.Where(bar => bar.Number == place.Bar).Select(bar => (Bar?)bar).FirstOrDefault()
                ?? throw new InvalidDataException($"{at}, and the device has no such BAR, but "
                    + $"{string.Join(", ", bench.Bars.Select(bar => $"BAR {bar.Number} of {bar.Size} bytes"))}: {Cure}.");
            if ((ulong)place.Offset + (ulong)place.Bytes > bar.Size)
                throw new InvalidDataException($"{at}, which has {bar.Size} bytes on the device: {Cure}.");
        }
    }
}
