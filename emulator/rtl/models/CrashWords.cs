using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>
/// Says which call it is that ends the process by a signal: an access to memory that is not there, a division by zero, abort. The runtime then ends
/// the process without a word, and no managed code can run in between; so what speaks is a few instructions before the runtime's own handler, to
/// which they go on: exit status and core dump are the signal's. Linux on x86-64; elsewhere nothing is said.
/// </summary>
/// <remarks>What a call is, is written into a place of its own (<see cref="Place"/>), without a system call.</remarks>
internal static unsafe partial class CrashWords
{
    // Cards of one process that can be told apart; a further one crashes silently.
    private const int Places = 64;

    private const int ReadWrite = 3, ReadExecute = 5, PrivateAnonymous = 0x22, PageBytes = 4096;

    // sigaction of libc: the handler, then mask, flags and what else there is.
    private const int ActionBytes = 152;

    private static readonly (int Number, string Name, string What)[] Signals =
    [
        (11, "SIGSEGV", "has accessed memory that is not there, or has run out of stack"),
        (7, "SIGBUS", "has accessed memory that cannot be had"),
        (8, "SIGFPE", "has divided by zero"),
        (4, "SIGILL", "has come to an instruction that this processor does not have"),
        // A handler in C# might wait for ever: libc's own aborts come with its locks held.
        (6, "SIGABRT", "has called abort, which no function of rtl_card.h may: an assertion, an exception that nobody caught, a damaged heap"),
    ];

    private static readonly Place* First = IsSupported ? (Place*)NativeMemory.AllocZeroed(Places, (nuint)sizeof(Place)) : null;
    private static readonly Stack<nint> Free = new();

    static CrashWords()
    {
        if (First is null) return;
        for (var i = Places - 1; i >= 0; i--) Free.Push((nint)(First + i));
        foreach (var (number, name, what) in Signals) Precede(number, $"{what} ({name}), so that the process ends here. A debugger shows where "
            + "(gdb --args …), and -fsanitize=address what led there; as a program of its own behind rtl-socket: it would end alone.\n");
    }

    private static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>A place for the calls into one library.</summary>
    /// <param name="card">How what is said begins.</param>
    /// <returns>Null if there is none.</returns>
    public static Place* Take(string card)
    {
        lock (Free)
        {
            if (!Free.TryPop(out var free)) return null;
            var place = (Place*)free;
            (place->Card, place->CardLength) = Native($"{card}: ");
            return place;
        }
    }

    public static void Return(Place* place)
    {
        if (place is null) return;
        var card = place->Card;
        *place = default;
        NativeMemory.Free((void*)card);
        lock (Free) Free.Push((nint)place);
    }

    /// <summary>Text where no garbage collector moves it.</summary>
    public static (nint Text, nint Length) Native(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var memory = (byte*)NativeMemory.Alloc((nuint)length);
        Encoding.UTF8.GetBytes(text, new Span<byte>(memory, length));
        return ((nint)memory, length);
    }

    /// <summary>This thread, as the kernel knows it.</summary>
    [LibraryImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int ThreadOfKernel();

    // Puts the instructions before the handler that there is, which they go on to.
    private static void Precede(int signal, string words)
    {
        var action = stackalloc byte[ActionBytes];
        if (Action(signal, 0, (nint)action) != 0 || *(nint*)action is var handler && handler is 0 or 1) return;
        var page = Map(0, PageBytes, ReadWrite, PrivateAnonymous, -1, 0);
        if (page == -1) return;
        var (text, length) = Native(words);
        Instructions.CopyTo(new Span<byte>((void*)page, PageBytes));
        var code = new Span<byte>((void*)page, Instructions.Length);
        BinaryPrimitives.WriteInt64LittleEndian(code[0x0C..], (long)First);
        BinaryPrimitives.WriteInt32LittleEndian(code[0x16..], Places);
        BinaryPrimitives.WriteInt64LittleEndian(code[0x56..], text);
        BinaryPrimitives.WriteInt32LittleEndian(code[0x5F..], (int)length);
        BinaryPrimitives.WriteInt64LittleEndian(code[0x6F..], handler);
        if (Protect(page, PageBytes, ReadExecute) != 0) return;
        *(nint*)action = page;
        _ = Action(signal, (nint)action, 0);
    }

    // A signal handler: if this thread is within a call, writes what that is to standard error. Zeros stand for what Precede fills in.
    private static ReadOnlySpan<byte> Instructions =>
    [
        0x57, 0x56, 0x52, // push rdi, rsi, rdx: what the handler is given
        0xB8, 0xBA, 0, 0, 0, 0x0F, 0x05, // gettid
        0x49, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, // mov r8, First
        0x41, 0xB9, 0, 0, 0, 0, // mov r9d, Places
        0x49, 0x39, 0x00, 0x74, 0x0B, // next: cmp [r8], rax; je found
        0x49, 0x83, 0xC0, 0x28, // add r8, sizeof(Place)
        0x41, 0xFF, 0xC9, 0x75, 0xF2, // dec r9d; jnz next
        0xEB, 0x40, // jmp pass
        0x49, 0xC7, 0x00, 0, 0, 0, 0, // found: mov qword [r8], 0: it is said once
        0x49, 0x8B, 0x70, 0x08, 0x49, 0x8B, 0x50, 0x10, // mov rsi, [r8 + Card]; mov rdx, [r8 + CardLength]
        0xBF, 2, 0, 0, 0, 0xB8, 1, 0, 0, 0, 0x0F, 0x05, // write to 2
        0x49, 0x8B, 0x70, 0x18, 0x49, 0x8B, 0x50, 0x20, // mov rsi, [r8 + Function]; mov rdx, [r8 + FunctionLength]
        0xB8, 1, 0, 0, 0, 0x0F, 0x05, // write
        0x48, 0xBE, 0, 0, 0, 0, 0, 0, 0, 0, // mov rsi, text
        0xBA, 0, 0, 0, 0, // mov edx, length
        0xB8, 1, 0, 0, 0, 0x0F, 0x05, // write
        0x5A, 0x5E, 0x5F, // pass: pop rdx, rsi, rdi
        0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xE0, // mov rax, handler; jmp rax
    ];

    [LibraryImport("libc", EntryPoint = "sigaction")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Action(int signal, nint action, nint old);

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Protect(nint address, nint length, int protection);

    /// <summary>A call, as the instructions find it.</summary>
    public struct Place
    {
        /// <summary>The kernel's number of the thread that is within the call; zero outside of one. Set last.</summary>
        public long Thread;
        public nint Card;
        public nint CardLength;
        public nint Function;
        public nint FunctionLength;
    }
}
