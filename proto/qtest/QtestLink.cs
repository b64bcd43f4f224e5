using System.Net.Sockets;
using Pcie.Foreign;
using Pcie.Link.Sessions;
using Pcie.Time;
using Pcie.VfioUser;

namespace Pcie.Qtest;

/// <summary>Attaches a host to a device of QEMU's: each time to a new QEMU, which has nothing else and ends with the link.</summary>
public static class QtestLink
{
    // How long a QEMU may take to build its machine.
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30), Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether the QEMU that there is goes by the wall clock alone, because it is an older one.</summary>
    public static bool IsByWallClock => QemuProgram.TryFind() is { IsOlder: true };

    /// <summary>Starts it.</summary>
    /// <param name="device">As QEMU's option -device has it, as in <c>edu,dma_mask=0xFFFFFFFF</c>.</param>
    /// <param name="hasThread">Whether it has a thread of its own even if it is free-running.</param>
    /// <exception cref="IOException">There is no QEMU that can, or it refuses the device; the text says what to do.</exception>
    public static ForeignLink Open(string device, LinkSessionOptions options, bool hasThread = false)
    {
        if (VfioUserListener.WhyNot is { } why) throw new IOException($"qtest:{device}: {why}.");
        return Open(device, options, hasThread, QemuProgram.Find());
    }

    internal static ForeignLink Open(string device, LinkSessionOptions options, bool hasThread, QemuProgram program)
    {
        if (program.IsOlder && options.Pacing != Pacing.WallClock)
            throw new IOException($"qtest:{device}: {program.Command[0]} is older than {QemuProgram.First}, and its clock cannot be led, so that the "
                + "device goes by the wall clock: add --set run.pacing=wall-clock. Or run 'emu guest --prepare', which fetches another QEMU.");
        // Nobody else may connect; and nothing is left of it once QEMU has.
        var folder = Directory.CreateTempSubdirectory("pcie-qtest-");
        QemuProcess? qemu = null;
        QtestSocket? qtest = null;
        IHostWindow? window = null;
        GuestRam? memory = null;
        NbdDisk? disk = null;
        try
        {
            using var asked = Listen(Path.Combine(folder.FullName, "qtest"));
            using var reached = Listen(Path.Combine(folder.FullName, "window"));
            using var read = DeviceBacking.LacksDisk(device) && !program.IsOlder ? Listen(Path.Combine(folder.FullName, "disk-socket")) : null;
            if (read is not null) disk = new NbdDisk(read, Path.Combine(folder.FullName, "disk"));
            var backing = DeviceBacking.Of(device, read is null ? null : PathOf(read), folder.FullName);
            if (program.IsOlder)
            {
                memory = new GuestRam(Path.Combine(folder.FullName, "memory"));
                qemu = QemuProcess.Start(program with { Command = [.. OlderQemu.Launcher, .. program.Command] },
                    [.. backing.Options, .. OlderQemu.Options(backing.Device, folder.FullName, memory, PathOf(asked), PathOf(reached))]);
                // While it builds its machine it waits for the server of its doorbells.
                window = new Doorbells(Accept(reached, qemu), memory);
                qtest = new QtestSocket(Accept(asked, qemu), QtestSocket.UsualPatience);
            }
            else
            {
                qemu = QemuProcess.Start(program, [.. backing.Options, .. QtestFunction.Options(backing.Device, PathOf(asked), PathOf(reached))]);
                qtest = new QtestSocket(Accept(asked, qemu), QtestSocket.UsualPatience);
                using var accepting = new VfioUserListener(Ready(reached, qemu), new VfioUserCounters());
                window = new DmaWindow(
                    accepting.Accept() ?? throw new IOException("QEMU did not connect as a client of vfio-user. " + qemu.WhyGone()));
            }
            window.AlsoAwaited = qtest.Handle;
            return options.Pacing == Pacing.WallClock && !hasThread ? ForeignLink.OpenWaiting(Name(device), options, Make)
                : ForeignLink.Open(Name(device), options, hasThread, Make);

            QtestFunction Make(ForeignPort port)
            {
                var function = new QtestFunction(port, qtest!, window!, qemu!, disk, isLed: !program.IsOlder);
                // It disposes of them from now on.
                (qtest, window, memory, qemu, disk) = (null, null, null, null, null);
                return function;
            }
        }
        catch
        {
            (window ?? (IDisposable?)memory)?.Dispose();
            qtest?.Dispose();
            qemu?.Dispose();
            disk?.Dispose();
            throw;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Name(string device) => $"QEMU's {device}";

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(1);
        return socket;
    }

    private static string PathOf(Socket listening) => listening.LocalEndPoint!.ToString()!;

    private static Socket Accept(Socket listening, QemuProcess qemu) => Ready(listening, qemu).Accept();

    private static Socket Ready(Socket listening, QemuProcess qemu)
    {
        for (var began = Environment.TickCount64; !listening.Poll(Look, SelectMode.SelectRead);)
        {
            if (qemu.HasEnded) throw new IOException(qemu.WhyGone());
            if (Environment.TickCount64 - began > StartTime.TotalMilliseconds)
                throw new IOException($"QEMU has not connected within {StartTime.TotalSeconds:0} s. Is the machine very busy? Attach again.");
        }
        return listening;
    }
}
