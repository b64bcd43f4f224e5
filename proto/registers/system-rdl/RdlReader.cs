using Pcie.Registers.Reading;

namespace Pcie.Registers.SystemRdl;

/// <summary>
/// Reads SystemRDL 2.0: addrmap, regfile, reg and field, arrays, enumerations, parameters and expressions, what software may do with a field. Each
/// address map that is in no other is a BAR, in the order of the file.
/// </summary>
internal static class RdlReader
{
    public static DeviceMap Read(MapSource source)
    {
        var builder = new MapBuilder(source);
        var elaboration = new RdlElaboration(source);
        var file = new RdlParser(new TokenCursor(source, Lexer.Read(source, source.Text))).Read();
        var root = elaboration.Root(file);
        foreach (var (name, map) in TopMaps(elaboration, root, file))
        {
            if (!builder.Wants(name)) continue;
            var block = builder.Begin(name, map.Text("name"), map.Text("desc"), map.Line);
            if (map.Registers > DeviceMap.MostRegisters)
                throw source.Refusal(map.Line,
                    $"{name} has {map.Registers} registers; expected {DeviceMap.MostRegisters} at the most: describe memory as "
                    + "memory");
            Emit(source, block, map, "", 0);
        }
        return builder.Build(source.Stem, "");
    }

    /// <summary>A name for a person and a description, as one text.</summary>
    public static string Joined(string title, string description) =>
        title.Length == 0 || title == description ? description : description.Length == 0 ? title : $"{title}: {description}";

    // Those that are instantiated outside of all; else those that are part of no other.
    private static IEnumerable<(string Name, RdlNode Map)> TopMaps(RdlElaboration elaboration, RdlNode root, IReadOnlyList<RdlStatement> file)
    {
        foreach (var child in root.Children.Where(child => child.Node.Kind == "addrmap")) yield return (child.Name, child.Node);
        var used = new HashSet<string>();
        Collect(file, used);
        foreach (var component in file.OfType<RdlComponent>().Where(one => one.Kind == "addrmap" && !used.Contains(one.Name!)))
            yield return (component.Name!, elaboration.Instantiate(root.Scope.Types[component.Name!], new Dictionary<string, Expression>(),
                root.Scope,
                component.Line, 1));
    }

    private static void Collect(IEnumerable<RdlStatement> statements, HashSet<string> used)
    {
        foreach (var statement in statements)
        {
            if (statement is RdlInstance { Type: { } type }) used.Add(type);
            var inner = statement as RdlComponent ?? (statement as RdlInstance)?.Component;
            if (inner is not null) Collect(inner.Body, used);
        }
    }

    private static void Emit(MapSource source, MapBuilder.Block block, RdlNode node, string prefix, ulong offset)
    {
        foreach (var child in node.Children)
        {
            if (child.Node.Kind == "mem") source.Note(child.Instance.Line, "memories are not carried");
            if (child.Node.Registers == 0) continue;
            foreach (var (name, at) in child.Each())
            {
                if (child.Node.Kind == "reg") AddRegister(source, block, child.Node, prefix + name, offset + at, child.Instance.Line);
                else if (child.Node.Kind != "mem") Emit(source, block, child.Node, $"{prefix}{name}_", offset + at);
            }
        }
    }

    private static void AddRegister(MapSource source, MapBuilder.Block block, RdlNode node, string name, ulong offset, int line) =>
        block.Add(name, offset, (int)node.Size * 8, Joined(node.Text("name"), node.Text("desc")), RdlFields.Of(source, node), line);
}
