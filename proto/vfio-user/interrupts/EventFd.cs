using System.Runtime.InteropServices;
using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser.Interrupts;

/// <summary>What the client has an interrupt raised by.</summary>
internal sealed unsafe class EventFd : IDisposable
{
    private readonly FileDescriptor descriptor;

    /// <param name="descriptor">Taken over, if this succeeds.</param>
    /// <exception cref="RequestRefusedException">It is none.</exception>
    public EventFd(FileDescriptor descriptor)
    {
        if (descriptor.Kind is not "anon_inode:[eventfd]")
            throw new RequestRefusedException(Errno.Invalid, $"SET_IRQS came with {descriptor.Kind}; expected an eventfd");
        // One that is full would have this process wait until the client reads it.
        var flags = Native.Control(descriptor.Number, Native.GetFlags, 0);
        if (flags < 0 || Native.Control(descriptor.Number, Native.SetFlags, flags | Native.NonBlocking) < 0)
            throw new RequestRefusedException(Errno.Invalid, $"SET_IRQS: {Marshal.GetLastPInvokeErrorMessage()}");
        this.descriptor = descriptor;
    }

    /// <summary>Raises it. One that is raised already, and not yet seen, is seen once.</summary>
    public void Raise()
    {
        ulong one = 1;
        Native.Write(descriptor.Number, &one, sizeof(ulong));
    }

    public void Dispose() => descriptor.Dispose();
}
