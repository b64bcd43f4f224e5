using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.Randomness;

/// <summary>
/// The draws of one distribution from a stream that is its own: the same as <see cref="Distribution.Draw"/> gives one by one, but made many at a time,
/// which costs half. So the stream is ahead of what was drawn.
/// </summary>
/// <remarks>Drawing allocates nothing.</remarks>
public sealed class Draws
{
    private const int Ahead = 64;

    private readonly Distribution distribution;
    private readonly RandomStream stream;
    private readonly Duration[] ahead;
    private int next;

    /// <param name="stream">Nothing else draws from it.</param>
    public Draws(Distribution distribution, RandomStream stream)
    {
        (this.distribution, this.stream) = (distribution, stream);
        ahead = new Duration[Ahead];
        next = Ahead;
    }

    /// <summary>The next draw.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Duration Next()
    {
        if (next == Ahead) Refill();
        return ahead[next++];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Refill()
    {
        distribution.Fill(stream, ahead);
        next = 0;
    }
}
