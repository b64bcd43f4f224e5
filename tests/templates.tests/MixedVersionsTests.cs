using System.Reflection;
using Pcie.Program;

namespace Pcie.Templates.Tests;

/// <summary>A program of somebody's whose packages do not belong together.</summary>
public sealed class MixedVersionsTests
{
    private static readonly AssemblyName[] Mixed =
        [Named("Pcie.Link", 2), Named("System.Text.Json", 10), Named("Pcie.Emulator", 1), Named("Pcie.Pci", 2)];

    [Fact]
    public void WhatOneOfThemLacksIsRefusedByTheirNamesAndVersions() => Assert.Equal(
        "Method not found: 'X'. The packages Pcie.* here are of several versions, Pcie.Emulator of 1.0; Pcie.Link, Pcie.Pci of 2.0: give all of them "
        + "the same, and build anew.",
        MixedVersions.RefusalOf(new TypeInitializationException("MyCard", new MissingMethodException("Method not found: 'X'.")), Mixed));

    [Fact]
    public void WhatHasAnotherCauseIsNot()
    {
        Assert.Null(MixedVersions.RefusalOf(new InvalidOperationException(), Mixed));
        Assert.Null(MixedVersions.RefusalOf(new MissingMethodException(), Mixed.Where(one => one.Version!.Major != 1)));
    }

    private static AssemblyName Named(string name, int version) => new(name) { Version = new Version(version, 0) };
}
