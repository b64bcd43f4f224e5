using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace Pcie.Link.Shm;

/// <summary>
/// A mapped file that a device has made for one session and its host has opened: a page of words and the two rings.
/// <code>
///      0  "PCIESHM1"           256  read by the host, of the ring to it
///      8  key                  320  host: how it sleeps
///     64  written by the host  384  host: how often it was rung
///    128  read by the device   448  device: how it sleeps
///    192  written by the device 512 device: how often it was rung
///                               576  host: its pulse
///                               640  device: its pulse
///   4096  ring to the device, then the ring to the host
/// </code>
/// Each word has a cache line of its own. What the other side writes may be anything; who may open the file may also kill either process.
/// </summary>
/// <remarks>Unmapped when nobody has it any more, by the finalizer: an engine may still look into it when its session is over.</remarks>
public sealed unsafe class SharedMemory
{
    /// <summary>The name of the capability, as in link.proto.</summary>
    public const string Capability = "shared-memory";

    /// <summary>What the host must find in the file that it is told of (bytes).</summary>
    public const int KeySize = 16;

    /// <summary>Of each ring (bytes). It stays in a processor's cache; longer frames pass through it in pieces.</summary>
    internal const int RingSize = 1 << 20;

    private const int KeyAt = 8, HostWritten = 64, DeviceRead = 128, DeviceWritten = 192, HostRead = 256, HostBell = 320, DeviceBell = 448;
    private const int HostPulse = 576, DevicePulse = 640;
    private const int Rings = 4096;
    private const int Length = Rings + 2 * RingSize;

    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly bool isHost;

    // The device's, while the file has a name: Windows takes the file away when it is closed.
    private FileStream? named;

    private SharedMemory(FileStream file, string name, byte[] key, bool isHost)
    {
        (Name, Key, this.isHost) = (name, key, isHost);
        using (var mapped = MemoryMappedFile.CreateFromFile(
            file, null, Length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true))
            view = mapped.CreateViewAccessor(0, Length);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        GC.AddMemoryPressure(Length);
        if (isHost) file.Dispose();
        else named = file;
    }

    ~SharedMemory()
    {
        GC.RemoveMemoryPressure(Length);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
    }

    /// <summary>The file's absolute path.</summary>
    public string Name { get; }

    /// <summary>Random bytes that only this file has: a host does not write into another one that it was told of.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>Makes a file that only this user can open, for a device.</summary>
    /// <exception cref="IOException">There is no room for it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public static SharedMemory Create()
    {
        // Memory that the system does not write to a disk now and then, where there is such.
        var folder = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var name = Path.Combine(folder, $"pcie-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}");
        var key = RandomNumberGenerator.GetBytes(KeySize);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0,
            // To touch memory that is not there would end the process.
            PreallocationSize = Length,
        };
        if (OperatingSystem.IsWindows()) options.Options = FileOptions.DeleteOnClose;
        else options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(name, options);
        file.Write("PCIESHM1"u8);
        file.Write(key);
        file.SetLength(Length);
        return new SharedMemory(file, name, key, isHost: false);
    }

    /// <summary>Opens the file that a device has made, for its host.</summary>
    /// <exception cref="IOException">It is not there, or is not that file.</exception>
    /// <exception cref="UnauthorizedAccessException">It is another user's.</exception>
    public static SharedMemory Open(string name, ReadOnlySpan<byte> key)
    {
        if (!Path.IsPathFullyQualified(name)) throw new IOException($"'{name}' is no absolute path.");
        var file = new FileStream(name, new FileStreamOptions
        {
            Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0,
        });
        try
        {
            Span<byte> head = stackalloc byte[KeyAt + KeySize];
            if (file.Length != Length || file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length
                || !head[..KeyAt].SequenceEqual("PCIESHM1"u8) || !head[KeyAt..].SequenceEqual(key))
                throw new IOException($"{name} is not the file that the device made for this session.");
            return new SharedMemory(file, name, key.ToArray(), isHost: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The file has no name any more: nobody else can open it, and nothing is left when the processes have ended.</summary>
    public void RemoveName()
    {
        if (Interlocked.Exchange(ref named, null) is not { } file) return;
        file.Dispose();
        if (!OperatingSystem.IsWindows()) File.Delete(Name);
    }

    /// <summary>How often the other side has said that it is there; it may say anything.</summary>
    public uint PeerPulse => Volatile.Read(ref *(uint*)(start + (isHost ? DevicePulse : HostPulse)));

    /// <summary>Says that this side is there. From one thread at a time.</summary>
    public void Pulse()
    {
        ref var own = ref *(uint*)(start + (isHost ? HostPulse : DevicePulse));
        Volatile.Write(ref own, own + 1);
    }

    internal RingWriter CreateWriter() => isHost
        ? new RingWriter(this, start + Rings, Word(HostWritten), Word(DeviceRead))
        : new RingWriter(this, start + Rings + RingSize, Word(DeviceWritten), Word(HostRead));

    internal RingReader CreateReader() => isHost
        ? new RingReader(this, start + Rings + RingSize, Word(DeviceWritten), Word(HostRead), LinkDirection.DeviceToHost)
        : new RingReader(this, start + Rings, Word(HostWritten), Word(DeviceRead), LinkDirection.HostToDevice);

    /// <param name="ringByCall">How the other side is told that it was rung, if it does not sleep on a word of this memory.</param>
    /// <param name="sleepsOnWord">Whether this side sleeps on a word of this memory.</param>
    internal (Doorbell Own, Doorbell Peer) CreateDoorbells(Action ringByCall, bool sleepsOnWord) =>
        (BellAt(isHost ? HostBell : DeviceBell, ringByCall, sleepsOnWord), BellAt(isHost ? DeviceBell : HostBell, ringByCall, sleepsOnWord));

    private Doorbell BellAt(int offset, Action ringByCall, bool usesWord) =>
        new(this, (uint*)(start + offset), (uint*)(start + offset + 64), ringByCall, usesWord);

    private ulong* Word(int offset) => (ulong*)(start + offset);
}
