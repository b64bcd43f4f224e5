namespace Pcie.DriverModel.Interference;

/// <summary>Things that take turns.</summary>
internal sealed class Turn<T>(T[] things)
{
    private int next;

    public T Next()
    {
        var thing = things[next];
        if (++next == things.Length) next = 0;
        return thing;
    }
}
