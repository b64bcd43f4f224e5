using System.Globalization;

namespace Pcie.Qtest;

/// <summary>
/// How an older QEMU lends a device: by the wall clock, since its clock cannot be led, in a machine whose processor halts at once, so that nobody
/// enumerates against us.
/// </summary>
internal static class OlderQemu
{
    private const int RomBytes = 64 << 10, ResetVector = 0xFFF0;

    // cli; hlt; and back, if something wakes it all the same.
    private static ReadOnlySpan<byte> Halt => [0xFA, 0xF4, 0xEB, 0xFD];

    /// <summary>What starts it, so that it ends with the thread that has: its own option for that is younger.</summary>
    public static IReadOnlyList<string> Launcher { get; } = ["setpriv", "--pdeathsig", "KILL", "--"];

    /// <param name="device">As QEMU's option -device has it.</param>
    /// <param name="folder">For its ROM.</param>
    public static IEnumerable<string> Options(string device, string folder, GuestRam memory, string qtestSocket, string bellSocket)
    {
        var rom = new byte[RomBytes];
        Halt.CopyTo(rom.AsSpan(ResetVector));
        var path = Path.Combine(folder, "halt.rom");
        File.WriteAllBytes(path, rom);
        return
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-machine", $"q35,accel=tcg,pit=off,{GuestRam.MachineOptions}", "-bios", path,
            .. memory.Options, "-qtest", $"unix:{qtestSocket}", "-qtest-log", "none",
            "-chardev", $"socket,id=bells,path={bellSocket}",
            "-device", string.Create(CultureInfo.InvariantCulture,
                $"ivshmem-doorbell,chardev=bells,vectors={Doorbells.Count},addr={QtestFunction.WindowSlot:x}.0"),
            "-device", string.Create(CultureInfo.InvariantCulture, $"{device},addr={QtestFunction.FunctionSlot:x}.0"),
        ];
    }
}
