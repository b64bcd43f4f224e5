using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.Randomness;

/// <summary>
/// Draws of one distribution from a stream of its own, one after the other: the same that <see cref="Distribution.Draw"/> would give. They are made
/// some at a time, so that what one draw waits for another does not.
/// </summary>
/// <remarks>No draw allocates.</remarks>
/// <param name="distribution">What is drawn from.</param>
/// <param name="stream">Nobody else's: it is ahead of what was taken.</param>
/// <param name="least">What is less is drawn as this.</param>
public sealed class Draws(Distribution distribution, RandomStream stream, Duration least = default)
{
    private const int Ahead = 32;

    private readonly Duration[] made = new Duration[Ahead];
    private int taken = Ahead;

    /// <summary>The distances between a series of events, which must not stand still: at least 1 ns.</summary>
    public static Draws Intervals(Distribution distribution, RandomStream stream) => new(distribution, stream, new Duration(1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Duration Next()
    {
        if (taken == Ahead) Make();
        return made[taken++];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Make()
    {
        distribution.Fill(made, stream);
        if (least > Duration.Zero)
            foreach (ref var duration in made.AsSpan())
                if (duration < least) duration = least;
        taken = 0;
    }
}
