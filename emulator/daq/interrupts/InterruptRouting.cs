using NLog;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Logging;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>
/// Which vector each cause goes to. The host may grant fewer messages than asked for (PCI Express Base Specification 6.1.4): vectors fold.
/// </summary>
/// <remarks>Derived anew by <see cref="Route"/> alone. Allocates nothing after construction.</remarks>
internal sealed class InterruptRouting
{
    private const int CausesPerMap = 4;

    // One cause a byte, so that a byte write moves one cause.
    private const int MapStride = 8;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly IDevicePort port;
    private readonly Register routing;
    private readonly Register[] maps;
    private readonly uint[] causesOf = new uint[InterruptModeration.Vectors];
    private readonly int[] vectorOf = new int[CauseBits.Count];

    // A bit per cause: whether its vector in the map is beyond the grant.
    private uint folded;

    /// <param name="set">INT_ROUTING and VECTOR_MAP are declared in it.</param>
    /// <param name="changed">Told when one of them is written.</param>
    public InterruptRouting(IDevicePort port, RegisterSet set, Action changed)
    {
        this.port = port;
        routing = set.Declare("INT_ROUTING", 0x028, "Which vector a cause goes to")
            .Flag(0, "PER_CAUSE", RW, "0: every cause on vector 0; 1: by VECTOR_MAP, folded to the messages granted")
            .Reserved(1, 31)
            .OnWrite(_ => changed())
            .OnReset(Route);
        maps = [DeclareMap(0, 0x040), DeclareMap(1, 0x044)];
        Route();

        Register DeclareMap(int number, uint offset)
        {
            var map = set.Declare($"VECTOR_MAP{number}", offset, "Vector of a cause, while INT_ROUTING says per cause").OnWrite(_ => changed());
            for (var place = 0; place < CausesPerMap; place++)
            {
                var (cause, lowest) = (number * CausesPerMap + place, place * MapStride);
                if (cause < CauseBits.Count)
                    map.Field(lowest, 5, CauseBits.NameOf(cause), RW, "0 to 31, taken modulo the messages granted", (uint)cause);
                else map.Reserved(lowest, 5);
                map.Reserved(lowest + 5, MapStride - 5);
            }
            return map;
        }
    }

    /// <summary>Causes whose vector in the map turned out to be beyond the messages granted.</summary>
    public ulong VectorsFolded { get; private set; }

    /// <summary>The causes that go to a vector, a bit for each.</summary>
    public uint CausesOf(int vector) => causesOf[vector];

    public int VectorOf(int cause) => vectorOf[cause];

    /// <summary>Brings itself up to date with the registers and the grant.</summary>
    public void Route()
    {
        Array.Clear(causesOf);
        var granted = Math.Max(port.GrantedMessages, 1);
        var perCause = routing.Value != 0;
        var before = folded;
        folded = 0;
        for (var cause = 0; cause < CauseBits.Count; cause++)
        {
            var vector = perCause ? MappedVector(cause) % granted : 0;
            vectorOf[cause] = vector;
            causesOf[vector] |= 1u << cause;
            if (!perCause || port.GrantedMessages == 0 || MappedVector(cause) < granted) continue;
            folded |= 1u << cause;
            if ((before >> cause & 1) == 0) LogFolded(cause);
        }
    }

    private int MappedVector(int cause) => (int)(MapOf(cause).Value >> cause % CausesPerMap * MapStride) & 0x1F;

    private Register MapOf(int cause) => maps[cause / CausesPerMap];

    private void LogFolded(int cause)
    {
        var level = Repeated.At(LogLevel.Info, ++VectorsFolded);
        if (Log.IsEnabled(level))
            Log.Log(level, "{Register}.{Field} is vector {Vector}, and {Granted} are granted: its messages go to vector {Folded}.",
                MapOf(cause).Name, CauseBits.NameOf(cause), MappedVector(cause), port.GrantedMessages, vectorOf[cause]);
    }
}
