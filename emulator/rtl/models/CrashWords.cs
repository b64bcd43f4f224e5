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

    // What of the stack of a thread that crashes is looked through.
    private const int StackBytes = 16 * 1024;

    private static readonly (nint Text, nint Length) OwnThread = Native("a thread of its own ");
    private static readonly byte* Stack = IsSupported ? (byte*)NativeMemory.AllocZeroed(StackBytes) : null;
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

    /// <summary>Where the code of a library that has been loaded lies.</summary>
    /// <param name="inside">An address in it.</param>
    public static void Locate(Place* place, nint inside)
    {
        if (place is null) return;
        var code = File.ReadLines("/proc/self/maps").Select(CodeOf).OfType<(long Start, long End)>();
        (place->Start, place->End) = code.FirstOrDefault(range => range.Start <= inside && inside < range.End);
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

    // proc(5): addresses, and what may be done there.
    private static (long Start, long End)? CodeOf(string mapping)
    {
        var fields = mapping.Split(' ', 3);
        if (fields[1][2] != 'x') return null;
        var ends = fields[0].Split('-');
        return (Convert.ToInt64(ends[0], 16), Convert.ToInt64(ends[1], 16));
    }

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
        foreach (var at in (int[])[0x0C, 0xB6]) BinaryPrimitives.WriteInt64LittleEndian(code[at..], (long)First);
        foreach (var at in (int[])[0x16, 0xC0]) BinaryPrimitives.WriteInt32LittleEndian(code[at..], Places);
        foreach (var at in (int[])[0x2E, 0xAC]) BinaryPrimitives.WriteInt64LittleEndian(code[at..], (long)Stack);
        BinaryPrimitives.WriteInt64LittleEndian(code[0x104..], OwnThread.Text);
        BinaryPrimitives.WriteInt32LittleEndian(code[0x10E..], (int)OwnThread.Length);
        BinaryPrimitives.WriteInt64LittleEndian(code[0x146..], text);
        BinaryPrimitives.WriteInt32LittleEndian(code[0x14F..], (int)length);
        BinaryPrimitives.WriteInt64LittleEndian(code[0x15F..], handler);
        if (Protect(page, PageBytes, ReadExecute) != 0) return;
        *(nint*)action = page;
        _ = Action(signal, (nint)action, 0);
    }

    // A signal handler: if this thread is within a call, writes what that is to standard error; or if none calls from it, and where it is, or what
    // its stack leads back to, is in a library. What another thread calls meanwhile is no part of what is written then. Zeros stand for what Precede
    // fills in.
    private static ReadOnlySpan<byte> Instructions =>
    [
        0x57, 0x56, 0x52, 0xB8, 0xBA, 0, 0, 0, 0x0F, 0x05, // push rdi; push rsi; push rdx; gettid
        0x49, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0xB9, 0, 0, 0, 0, // mov r8, First; mov r9d, Places
        0x49, 0x39, 0, 0x0F, 0x84, 0xF1, 0, 0, 0, 0x49, 0x83, 0xC0, 0x40, // next: cmp [r8], rax; je found; add r8, 0x40
        0x41, 0xFF, 0xC9, 0x75, 0xEE, 0x49, 0xBA, 0, 0, 0, 0, 0, 0, 0, 0, // dec r9d; jne next; mov r10, Stack
        0x48, 0x8B, 0x14, 0x24, 0x48, 0x8B, 0x8A, 0xA8, 0, 0, 0, 0x49, 0x89, 0x0A, // mov rdx, [rsp]; mov rcx, [rdx+0xa8]; mov [r10], rcx
        0x48, 0x8B, 0x8A, 0xA0, 0, 0, 0, 0x50, 0x48, 0x83, 0xEC, 0x20, // mov rcx, [rdx+0xa0]; push rax; sub rsp, 0x20
        0x49, 0x8D, 0x52, 8, 0x48, 0x89, 0x14, 0x24, // lea rdx, [r10+0x8]; mov [rsp], rdx
        0x48, 0xC7, 0x44, 0x24, 8, 0xF8, 0x3F, 0, 0, // mov [rsp+0x8], 0x3ff8
        0x48, 0x89, 0x4C, 0x24, 0x10, 0x48, 0xC7, 0x44, 0x24, 0x18, 0xF8, 0x3F, 0, 0, // mov [rsp+0x10], rcx; mov [rsp+0x18], 0x3ff8
        0xB8, 0x27, 0, 0, 0, 0x0F, 0x05, 0x89, 0xC7, 0x48, 0x89, 0xE6, // getpid; mov edi, eax; mov rsi, rsp
        0xBA, 1, 0, 0, 0, 0x4C, 0x8D, 0x54, 0x24, 0x10, 0x41, 0xB8, 1, 0, 0, 0, // mov edx, 0x1; lea r10, [rsp+0x10]; mov r8d, 0x1
        0x45, 0x31, 0xC9, 0xB8, 0x36, 1, 0, 0, 0x0F, 0x05, 0x48, 0x83, 0xC4, 0x20, // xor r9d, r9d; process_vm_readv; add rsp, 0x20
        0x41, 0x5B, 0x48, 0x85, 0xC0, 0x79, 2, 0x31, 0xC0, // pop r11; test rax, rax; jns read; xor eax, eax
        0x48, 0xC1, 0xE8, 3, 0x48, 0x8D, 0x50, 1, 0x49, 0xBA, 0, 0, 0, 0, 0, 0, 0, 0, // read: shr rax, 0x3; lea rdx, [rax+0x1]; mov r10, Stack
        0x49, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0xB9, 0, 0, 0, 0, // mov r8, First; mov r9d, Places
        0x4D, 0x39, 0x58, 0x28, 0x74, 0x25, 0x49, 0x8B, 0x70, 0x30, // place: cmp [r8+0x28], r11; je other; mov rsi, [r8+0x30]
        0x49, 0x8B, 0x78, 0x38, 0x48, 0x39, 0xFE, 0x74, 0x18, // mov rdi, [r8+0x38]; cmp rsi, rdi; je other
        0x31, 0xC9, // xor ecx, ecx
        0x49, 0x8B, 4, 0xCA, 0x48, 0x39, 0xF0, 0x72, 5, // scan: mov rax, [r10+rcx*8]; cmp rax, rsi; jb further
        0x48, 0x39, 0xF8, 0x72, 0x13, // cmp rax, rdi; jb own
        0x48, 0xFF, 0xC1, 0x48, 0x39, 0xD1, 0x72, 0xEA, // further: inc rcx; cmp rcx, rdx; jb scan
        0x49, 0x83, 0xC0, 0x40, 0x41, 0xFF, 0xC9, 0x75, 0xCC, 0xEB, 0x60, // other: add r8, 0x40; dec r9d; jne place; jmp pass
        0x49, 0x8B, 0x48, 0x30, 0x49, 0x89, 0x48, 0x38, // own: mov rcx, [r8+0x30]; mov [r8+0x38], rcx
        0x49, 0xBA, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0xB9, 0, 0, 0, 0, 0xEB, 0x0F, // mov r10, Own; mov r9d, OwnLength; jmp say
        0x49, 0xC7, 0, 0, 0, 0, 0, 0x4D, 0x8B, 0x50, 0x18, 0x4D, 0x8B, 0x48, 0x20, // found: mov [r8], 0x0; mov r10, [r8+0x18]; mov r9, [r8+0x20]
        0x49, 0x8B, 0x70, 8, 0x49, 0x8B, 0x50, 0x10, // say: mov rsi, [r8+0x8]; mov rdx, [r8+0x10]
        0xBF, 2, 0, 0, 0, 0xB8, 1, 0, 0, 0, 0x0F, 0x05, // mov edi, 0x2; write
        0x4C, 0x89, 0xD6, 0x4C, 0x89, 0xCA, 0xB8, 1, 0, 0, 0, 0x0F, 0x05, // mov rsi, r10; mov rdx, r9; write
        0x48, 0xBE, 0, 0, 0, 0, 0, 0, 0, 0, // mov rsi, text
        0xBA, 0, 0, 0, 0, 0xB8, 1, 0, 0, 0, 0x0F, 0x05, // mov edx, length; write
        0x5A, 0x5E, 0x5F, 0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, // pass: pop rdx; pop rsi; pop rdi; mov rax, handler
        0xFF, 0xE0, // jmp rax
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

        /// <summary>The thread that called last: on its stack may be left what points into the library.</summary>
        public long Caller;

        /// <summary>Where the library's own code lies; equal if that is not known.</summary>
        public long Start;
        public long End;
    }
}
