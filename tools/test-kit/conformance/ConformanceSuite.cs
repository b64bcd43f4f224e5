using System.Diagnostics;
using Pcie.Link;
using Pcie.Pci.Config;
using Pcie.TestKit.Conformance.Checks;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance;

/// <summary>Every check, and how they are run: each on a device that is attached for it, so that none depends on another.</summary>
public static class ConformanceSuite
{
    /// <summary>In order: what later ones rest on comes first.</summary>
    public static IReadOnlyList<ConformanceCheck> Checks { get; } =
    [
        new Identification(), new PowerOnState(), new QuietAfterPowerOn(), new CapabilityList(), new CompletionTags(), new ByteEnables(),
        new ReservedBits(), new BarSizing(), new BarProbing(), new BarRelocation(), new BarEnd(), new MemorySpaceEnable(), new ReadAfterWrite(),
        new WriteOneToClear(), new ErrorReporting(), new AdvancedErrorReporting(), new BusMasterEnable(), new LineInterrupt(), new MsiEnable(),
        new MsiGrant(), new MsiMask(), new MsixTable(), new MsixMask(), new MsixFunctionMask(), new MaskAgain(), new BackToBack(),
        new DataBeforeMessage(), new FunctionLevelReset(), new PowerStates(),
    ];

    /// <summary>The checks of those names, in the suite's order; all if there are none.</summary>
    /// <exception cref="FormatException">There is no such check.</exception>
    public static IReadOnlyList<ConformanceCheck> Named(IReadOnlyCollection<string> names)
    {
        if (names.FirstOrDefault(name => Checks.All(check => check.Name != name)) is { } unknown)
            throw new FormatException($"There is no check '{unknown}'. There are {string.Join(", ", Checks.Select(check => check.Name))}.");
        return names.Count == 0 ? Checks : [.. Checks.Where(check => names.Contains(check.Name))];
    }

    /// <param name="profile">What the suite has to know of the device; null for a device that the kit knows by its IDs.</param>
    /// <param name="done">Told of each result as it comes.</param>
    /// <exception cref="LinkRefusedException">The device would not be attached.</exception>
    /// <exception cref="TimeoutException">Nobody is there.</exception>
    /// <exception cref="InvalidDataException">The profile cannot be of this device.</exception>
    public static ConformanceReport Run(
        IDeviceUnderTest device, IEnumerable<ConformanceCheck> checks, TestBenchOptions options, Action<CheckResult>? done,
        CancellationToken cancellation, DeviceProfile? profile = null)
    {
        var name = Describe(device, options, profile);
        var results = new List<CheckResult>();
        foreach (var check in checks)
        {
            cancellation.ThrowIfCancellationRequested();
            var result = Run(device, check, options, profile);
            results.Add(result);
            done?.Invoke(result);
        }
        return new ConformanceReport(name, device.Place, results);
    }

    private static CheckResult Run(IDeviceUnderTest device, ConformanceCheck check, TestBenchOptions options, DeviceProfile? given)
    {
        var began = Stopwatch.GetTimestamp();
        using var bench = new TestBench(device.Attach(options), null, options);
        var known = new List<ExpectedDifference>();
        try
        {
            var profile = given ?? DeviceProfile.Of(bench);
            known = [.. profile.Differences.Where(one => one.Check == check.Name)];
            bench.Registers = profile.Registers;
            if (profile.Lacks.TryGetValue(check.Name, out var lacking)) throw new NotApplicableException(lacking);
            check.Run(bench, profile);
            foreach (var gone in known) bench.NotTried($"a difference that its profile says it has, and that it does not show: {gone.Reason}");
            return Result(CheckOutcome.Passed, "", "");
        }
        catch (ExpectationFailedException e)
        {
            if (known.FirstOrDefault(one => e.Expectation.Contains(one.Expectation, StringComparison.Ordinal)) is not { } difference)
                return Result(CheckOutcome.Failed, e.Expectation, e.Context);
            bench.NotTried("what the check does after the difference");
            return Result(CheckOutcome.Different, e.Expectation, difference.Reason);
        }
        catch (NotApplicableException e)
        {
            return Result(CheckOutcome.NotApplicable, e.Message, "");
        }

        CheckResult Result(CheckOutcome outcome, string expectation, string context) =>
            new(check, outcome, expectation, context, Stopwatch.GetElapsedTime(began),
                outcome is CheckOutcome.Passed or CheckOutcome.Different ? bench.LeftOut : []);
    }

    private static string Describe(IDeviceUnderTest device, TestBenchOptions options, DeviceProfile? profile)
    {
        using var bench = new TestBench(device.Attach(options), null, options);
        try
        {
            var id = $"{bench.Config.Read(ConfigLayout.VendorId, 2):x4}:{bench.Config.Read(ConfigLayout.DeviceId, 2):x4}";
            var name = (profile ?? DeviceProfile.Of(bench)).Name;
            if (profile is not null) ProfileFit.Require(bench, profile);
            return name.Contains(id, StringComparison.Ordinal) ? name : $"{name} [{id}]";
        }
        catch (ExpectationFailedException)
        {
            return "a device that does not say what it is";
        }
    }
}
