using CsCheck;
using Pcie.Link.Sessions;
using Pcie.Time;

namespace Pcie.Link.Tests;

/// <summary>Whatever is compared four at a time is what one after the other would find.</summary>
public sealed class HorizonsTests
{
    // Few values, so that some are equal, and as many devices as a host can have.
    private static readonly Gen<SimTime> Time = Gen.OneOf(Gen.Long[0, 5].Select(ns => new SimTime(ns)), Gen.Const(SimTime.Never));
    private static readonly Gen<SimTime[]> Times = Time.Array[1, HostStar.MostDevices];

    [Fact]
    public void LeastAreTheFirstTwoInOrder() => Times.Sample(times =>
    {
        SimTime[] inOrder = [.. times.Order(), SimTime.Never];
        Assert.Equal((inOrder[0], inOrder[1]), Of(times).Least());
    });

    [Fact]
    public void NotAfterNamesEachPlace() => Gen.Select(Times, Time).Sample((times, limit) =>
    {
        var places = Enumerable.Range(0, times.Length).Where(place => times[place] <= limit);
        Assert.Equal(places.Aggregate(0u, (all, place) => all | 1u << place), Of(times).NotAfter(limit));
    });

    private static Horizons Of(SimTime[] times)
    {
        var horizons = new Horizons(times.Length);
        for (var place = 0; place < times.Length; place++) horizons[place] = times[place];
        return horizons;
    }
}
