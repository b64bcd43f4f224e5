namespace Pcie.Emulator.Rtl.Models;

/// <summary>What is called of a shared library, by its name: for who speaks of it here, and where no managed code can run.</summary>
internal sealed class NativeFunction
{
    public static readonly NativeFunction Loading = new("its initialisation"), Abi = new("rtl_abi"), Create = new("rtl_create"),
        Destroy = new("rtl_destroy"), Reset = new("rtl_reset"), Run = new("rtl_run"), BarRead = new("rtl_bar_read"), BarWrite = new("rtl_bar_write"),
        Answer = new("rtl_answer"), Pin = new("rtl_pin"), Unloading = new("its end");

    private readonly string name;

    private NativeFunction(string name)
    {
        this.name = name;
        (Text, TextLength) = CrashWords.Native($"{name} ");
    }

    /// <summary>The name and a space, in UTF-8, for as long as the process lives.</summary>
    public nint Text { get; }

    public nint TextLength { get; }

    public override string ToString() => name;
}
