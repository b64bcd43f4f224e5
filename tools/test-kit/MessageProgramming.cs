using Pcie.Pci.Config;
using Pcie.Pci.Messages;

namespace Pcie.TestKit;

/// <summary>Programs MSI or MSI-X so that message n writes a number of its own to the address of processor 0.</summary>
internal static class MessageProgramming
{
    /// <exception cref="NotApplicableException">The function has not so many messages.</exception>
    public static void Enable(TestBench bench, MessageKind kind, int count, byte firstVector)
    {
        var at = Find(bench.Config, kind);
        var control = bench.Config.Read(at + MsiLayout.MessageControl, 2);
        var capable = kind == MessageKind.MsiX ? MsixLayout.Entries(control) : MsiLayout.Requested(control);
        if (count > capable)
            throw new NotApplicableException($"the function has {capable} {(kind == MessageKind.MsiX ? "MSI-X" : "MSI")} messages, {count} are "
                + "asked for");
        // 7.7.1: MSI is programmed while it is disabled.
        Write(bench, [MessageSetUp.Disable(kind, at, control)]);
        Write(bench, kind == MessageKind.MsiX
            ? MessageSetUp.Msix(at, control, Msix(bench).Table,
                Enumerable.Range(0, count).Select(entry => (MsiAddress.Of(0), (uint)(firstVector + entry))))
            : MessageSetUp.Msi(at, control, MsiAddress.Of(0), firstVector, count));
    }

    /// <summary>As the specification calls it.</summary>
    public static string NameOf(MessageKind kind) => kind == MessageKind.MsiX ? "MSI-X" : "MSI";

    /// <summary>Enables one message of a kind that the function has, MSI if it has both.</summary>
    /// <exception cref="NotApplicableException">It has none.</exception>
    public static void EnableAny(TestBench bench) => bench.EnableMessages(
        bench.Config.Capabilities().Any(c => c.Id == CapabilityId.Msi) ? MessageKind.Msi : MessageKind.MsiX, 1);

    /// <summary>Does the same with each kind of messages that the function has, one enabled at a time.</summary>
    /// <exception cref="NotApplicableException">It has none with which it can be done.</exception>
    public static void WithEach(TestBench bench, Action<MessageKind> part)
    {
        var without = new List<string>();
        foreach (var kind in (MessageKind[])[MessageKind.Msi, MessageKind.MsiX])
            try
            {
                bench.EnableMessages(kind, 1);
                part(kind);
                var at = Find(bench.Config, kind);
                Write(bench, [MessageSetUp.Disable(kind, at, bench.Config.Read(at + MsiLayout.MessageControl, 2))]);
            }
            catch (NotApplicableException e)
            {
                without.Add($"{NameOf(kind)}: {e.Message}");
            }
        if (without.Count == 2) throw new NotApplicableException(string.Join("; ", without));
        foreach (var reason in without) bench.NotTried(reason);
    }

    /// <summary>Where the mask bits of MSI are; the pending bits are behind them.</summary>
    /// <exception cref="NotApplicableException">The function cannot mask its messages.</exception>
    public static int MsiMask(ConfigSpace config)
    {
        var at = Find(config, MessageKind.Msi);
        var control = config.Read(at + MsiLayout.MessageControl, 2);
        if ((control & MsiLayout.PerVectorMasking) == 0) throw new NotApplicableException("MSI of this function has no mask bits");
        return at + MsiLayout.Mask(control);
    }

    /// <summary>Bus address of the MSI-X table, of the pending bits, and the number of entries.</summary>
    public static (ulong Table, ulong Pending, int Entries) Msix(TestBench bench)
    {
        var at = Find(bench.Config, MessageKind.MsiX);
        var entries = MsixLayout.Entries(bench.Config.Read(at + MsixLayout.MessageControl, 2));
        return (AddressAt(at + MsixLayout.Table), AddressAt(at + MsixLayout.PendingBits), entries);

        ulong AddressAt(int register)
        {
            var (bar, offset) = MsixLayout.Place(bench.Config.Read(register));
            return bench.BarOf(bar).Address + offset;
        }
    }

    private static int Find(ConfigSpace config, MessageKind kind) =>
        kind == MessageKind.MsiX ? config.Find(CapabilityId.Msix, "MSI-X") : config.Find(CapabilityId.Msi, "MSI");

    private static void Write(TestBench bench, IEnumerable<SetUpWrite> writes)
    {
        foreach (var write in writes)
            if (write.IsConfig) bench.Config.Write((int)write.Address, write.Value, write.Bytes);
            else bench.WriteMemory(write.Address, write.Value, write.Bytes);
    }
}
