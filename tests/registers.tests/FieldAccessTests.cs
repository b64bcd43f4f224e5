namespace Pcie.Registers.Tests;

public sealed class FieldAccessTests
{
    [Fact]
    public void EveryAccessHasANameOfItsOwnByWhichItIsFound()
    {
        var every = FieldAccess.Every().ToList();

        Assert.Equal(44, every.Select(access => access.Name).Distinct().Count());
        Assert.All(every, access => Assert.True(FieldAccess.TryParse(access.Name, out var found) && found == access, access.Name));
    }

    [Theory]
    [InlineData("rw", "RW")]
    [InlineData("R/W1C", "W1C")]
    [InlineData("read-only", "RO")]
    [InlineData("w", "WO")]
    [InlineData("W1SRC", "W1SRC")]
    public void OtherSpellingsOfTheCommonOnesAreKnown(string text, string name) =>
        Assert.Equal(name, FieldAccess.TryParse(text, out var access) ? access.Name : "unknown");

    [Fact]
    public void WhatNobodyUsesIsNoAccess() => Assert.False(FieldAccess.TryParse("RX", out _));
}
