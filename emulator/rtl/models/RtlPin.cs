using System.Text;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>A pin of an RTL card by its name, made ready to be asked for often.</summary>
public sealed class RtlPin(string name)
{
    public string Name => name;

    /// <summary>The name as C has it, ended by 0.</summary>
    public byte[] Bytes { get; } = Encoding.UTF8.GetBytes(name + "\0");
}
