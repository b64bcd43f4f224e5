using Pcie.Trace;

namespace Pcie.DriverModel.Framework;

/// <summary>
/// Something that a driver says happened, as with WPP's TraceEvents: it stands in the trace by its name, and the explanation of a run tells in which
/// wait it fell, and who had the processor then.
/// </summary>
public sealed class DriverEvent
{
    private readonly WdfDevice device;
    private readonly TraceKind kind;
    private readonly uint source;

    /// <param name="name">What happened, in a word or two.</param>
    /// <param name="isLoss">Whether it is what should not happen: what led to it is kept, however long the run.</param>
    public DriverEvent(WdfDevice device, string name, bool isLoss = false)
    {
        (this.device, kind) = (device, isLoss ? TraceKind.DriverLoss : TraceKind.DriverEvent);
        source = device.Tracer.AddSource(name);
    }

    /// <summary>It happens now, on the current processor.</summary>
    /// <param name="a">Whatever there is to say of it.</param>
    /// <param name="b">More of that.</param>
    public void Record(long a = 0, long b = 0) => device.Tracer.Record(kind, source, a, b, (byte)device.Kernel.Current.Number);
}
