using Pcie.Pci;
using Pcie.Pci.Config;

namespace Pcie.TestKit;

/// <summary>The device's configuration space, through configuration requests.</summary>
public sealed class ConfigSpace
{
    private readonly TestBench bench;

    internal ConfigSpace(TestBench bench) => this.bench = bench;

    /// <summary>Reads 1, 2 or 4 bytes, naturally aligned.</summary>
    /// <exception cref="ExpectationFailedException">The device does not complete it: it must, whatever the offset is (7.2).</exception>
    public uint Read(int offset, int bytes = 4)
    {
        var answer = bench.Request(Tlp.Request(TlpKind.ConfigRead, (ulong)offset, bytes), default);
        return answer.IsSuccessful ? (uint)answer.Value
            : throw bench.Failed($"configuration read of {bytes} bytes at 0x{offset:X}: expected a successful completion, "
                + $"got {bench.Describe(answer.Outcome)}");
    }

    /// <summary>Writes 1, 2 or 4 bytes, naturally aligned, and waits for the completion.</summary>
    /// <exception cref="ExpectationFailedException">The device does not complete it.</exception>
    public void Write(int offset, uint value, int bytes = 4)
    {
        var answer = bench.Request(Tlp.Request(TlpKind.ConfigWrite, (ulong)offset, bytes), TestBench.Payload(offset, value, bytes));
        if (!answer.IsSuccessful)
            throw bench.Failed($"configuration write of {bytes} bytes at 0x{offset:X}: expected a successful completion, "
                + $"got {bench.Describe(answer.Outcome)}");
    }

    /// <summary>Reads and expects a value.</summary>
    /// <exception cref="ExpectationFailedException">It reads otherwise.</exception>
    public void Expect(int offset, uint expected, string name, int bytes = 4)
    {
        var read = Read(offset, bytes);
        if (read != expected) throw bench.Failed($"{name}, configuration space 0x{offset:X}: expected 0x{expected:X}, read 0x{read:X}");
    }

    /// <summary>
    /// Whether the function is one of conventional PCI: without a PCI Express capability, and without the configuration space that lies behind the
    /// first 256 bytes, which reads as ones. What PCI Express alone asks for cannot be asked of it.
    /// </summary>
    public bool IsConventional =>
        Read(ConfigLayout.FirstExtended) == uint.MaxValue && Capabilities().All(capability => capability.Id != CapabilityId.Express);

    /// <summary>The list that begins at the Capabilities Pointer, in its order.</summary>
    /// <exception cref="ExpectationFailedException">It is malformed.</exception>
    public IReadOnlyList<Capability> Capabilities()
    {
        var list = new List<Capability>();
        for (var at = (int)Read(ConfigLayout.CapabilitiesPointer, 1); at != 0;)
        {
            if (at % 4 != 0 || at < ConfigLayout.FirstCapability)
                throw bench.Failed($"capability list: expected an offset of 0x40 or more, aligned to 4, read 0x{at:X}");
            if (list.Count == ConfigLayout.MaxCapabilities)
                throw bench.Failed($"capability list: expected an end, still goes on at 0x{at:X} after {ConfigLayout.MaxCapabilities} capabilities");
            var head = Read(at);
            list.Add(new Capability((int)(head & 0xFF), at));
            at = (int)(head >> 8 & 0xFF);
        }
        return list;
    }

    /// <summary>The list of extended capabilities, from 0x100; empty if there is none.</summary>
    /// <exception cref="ExpectationFailedException">It is malformed.</exception>
    public IReadOnlyList<Capability> ExtendedCapabilities()
    {
        var list = new List<Capability>();
        for (var at = ConfigLayout.FirstExtended; at != 0;)
        {
            if (at % 4 != 0 || at < ConfigLayout.FirstExtended)
                throw bench.Failed($"extended capability list: expected an offset of 0x100 or more, aligned to 4, read 0x{at:X}");
            if (list.Count == ConfigLayout.Size / 8) throw bench.Failed("extended capability list: expected an end, goes in a circle");
            var head = Read(at);
            // 7.6.1: no extended capabilities at all.
            if (head is 0 or uint.MaxValue && list.Count == 0) break;
            list.Add(new Capability((int)(head & 0xFFFF), at));
            at = (int)(head >> 20);
        }
        return list;
    }

    /// <summary>Where a capability begins.</summary>
    /// <exception cref="NotApplicableException">The function has none of that ID.</exception>
    public int Find(int id, string name) => Capabilities().Where(c => c.Id == id).Select(c => (int?)c.Offset).FirstOrDefault()
        ?? throw new NotApplicableException($"the function has no {name} capability");

    /// <summary>Where an extended capability begins.</summary>
    /// <exception cref="NotApplicableException">The function has none of that ID.</exception>
    public int FindExtended(int id, string name) => ExtendedCapabilities().Where(c => c.Id == id).Select(c => (int?)c.Offset).FirstOrDefault()
        ?? throw new NotApplicableException($"the function has no {name} capability");
}
