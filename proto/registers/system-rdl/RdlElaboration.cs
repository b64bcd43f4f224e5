using Pcie.Registers.Reading;
using Pcie.Scenario;

namespace Pcie.Registers.SystemRdl;

/// <summary>Instantiates components: puts what names mean in the place of names, and gives each instance its address.</summary>
internal sealed class RdlElaboration(MapSource source)
{
    private const int MostInstances = 200_000, Deepest = 32;

    // The most that a BAR can be long; addresses beyond cannot overflow either.
    private const ulong MostAddress = 1UL << 40;
    private const ulong MostElements = 1UL << 20;

    private int instances;

    /// <summary>What the whole file says.</summary>
    public RdlNode Root(IReadOnlyList<RdlStatement> file)
    {
        var root = new RdlNode(source, "root", new RdlScope(null), 1);
        Fill(root, file, 0);
        return root;
    }

    /// <summary>One of a component.</summary>
    public RdlNode Instantiate(RdlType type, IReadOnlyDictionary<string, Expression> arguments, RdlScope caller, int line, int depth)
    {
        var component = type.Component;
        if (depth > Deepest) throw source.Refusal(line, $"components nested deeper than {Deepest}, perhaps within themselves");
        if (++instances > MostInstances) throw source.Refusal(line, $"more than {MostInstances} instances; describe memory as memory");
        var scope = new RdlScope(type.Scope);
        foreach (var argument in arguments.Keys)
            if (component.Parameters.All(parameter => parameter.Name != argument))
                throw source.Refusal(line, $"{component.Name} has no parameter {argument}; it has "
                    + (component.Parameters.Count == 0 ? "none" : string.Join(", ", component.Parameters.Select(parameter => parameter.Name))));
        foreach (var parameter in component.Parameters)
        {
            if (arguments.TryGetValue(parameter.Name, out var given)) Bind(parameter.Name, given, caller);
            else if (parameter.Default is { } usual) Bind(parameter.Name, usual, scope);
            else throw source.Refusal(line, $"the parameter {parameter.Name} of {component.Name} has no value; give it one");
        }
        var node = new RdlNode(source, component.Kind, scope, component.Line);
        Fill(node, component.Body, depth);
        return node;

        void Bind(string name, Expression value, RdlScope where)
        {
            if (value is Expression.Name word && where.Number(word.Path) is null)
                scope.Words[name] = where.Word(word.Path) ?? new RdlValue(value, where, value.Line);
            else if (value is Expression.Text or Expression.Other) scope.Words[name] = new RdlValue(value, where, value.Line);
            else scope.Parameters[name] = value.Evaluate(source, where.Number);
        }
    }

    private void Fill(RdlNode node, IReadOnlyList<RdlStatement> body, int depth)
    {
        foreach (var statement in body)
            switch (statement)
            {
                case RdlComponent component:
                    node.Scope.Types[component.Name!] = new RdlType(component, node.Scope);
                    break;
                case RdlEnum enumeration:
                    node.Scope.Enums[enumeration.Name] = (enumeration, node.Scope);
                    break;
                case RdlPropertyDefinition property:
                    node.Scope.Properties.Add(property.Name);
                    break;
                case RdlAssignment assignment:
                    Assign(node, assignment);
                    break;
                case RdlInstance instance:
                    Add(node, instance, depth);
                    break;
            }
        if (node.Kind == "reg") node.Size = RegisterBits(node) / 8;
        else if (node.Kind == "mem") node.Size = (node.Number("memwidth", 1, 1 << 16) ?? 32) / 8 * (node.Number("mementries", 1, MostAddress) ?? 1);
        else if (node.Kind is "regfile" or "addrmap") Place(node);
        node.Registers = node.Kind == "reg" ? 1
            : node.Children.Aggregate(0UL, (sum, child) => Math.Min(sum + child.Elements * child.Node.Registers, MostAddress));
    }

    private ulong RegisterBits(RdlNode register)
    {
        var bits = register.Number("regwidth", 0, MostAddress) ?? 32;
        return bits is 8 or 16 or 32 or 64 ? bits
            : throw source.Refusal(register.Get("regwidth")!.Line,
                $"regwidth is {bits}; expected 8, 16, 32 or 64: reserve the rest, or make two registers "
                + "of it");
    }

    private void Add(RdlNode node, RdlInstance instance, int depth)
    {
        var type = instance.Component is { } own ? new RdlType(own, node.Scope)
            : node.Scope.Type(instance.Type!) ?? throw source.Refusal(instance.Line, $"there is no component '{instance.Type}' here; if another file "
                + "has it, put that before this one, in one file");
        if (type.Component.Kind == "signal")
        {
            node.Scope.LeftOut.Add(instance.Name);
            return;
        }
        if (instance.IsAlias)
        {
            node.Scope.LeftOut.Add(instance.Name);
            source.Note(instance.Line, "an alias is another view of a register, and is left out");
            return;
        }
        var dimensions = new List<int>();
        var elements = 1UL;
        foreach (var dimension in instance.Dimensions)
        {
            dimensions.Add((int)RdlNode.Number(source, dimension, node.Scope, instance.Name, 1, MostElements));
            elements *= (ulong)dimensions[^1];
            if (elements > MostElements)
                throw source.Refusal(instance.Line, $"{instance.Name} has {elements} elements; expected {DeviceMap.MostRegisters} registers at the "
                    + "most: describe memory as memory");
        }
        var made = Instantiate(type, instance.Arguments, node.Scope, instance.Line, depth + 1);
        if (made.Get("ispresent") is not null && !made.Flag("ispresent"))
        {
            node.Scope.LeftOut.Add(instance.Name);
            return;
        }
        if (!node.TryAdd(new RdlChild(instance.Name, made, instance, dimensions)))
            throw source.Refusal(instance.Line, $"{instance.Name} is the name of two instances; rename one");
    }

    private void Assign(RdlNode node, RdlAssignment assignment)
    {
        var property = assignment.Property;
        if (RdlProperties.Behaviour.Contains(property)) source.Note(assignment.Line, $"{property} is hardware's doing, which a map does not carry");
        else if (!RdlProperties.Carried.Contains(property) && !RdlProperties.OfHardware.Contains(property))
        {
            if (!node.Scope.HasProperty(property))
                throw source.Refusal(assignment.Line, $"SystemRDL has no property '{property}'"
                    + (Spelling.Nearest(property, RdlProperties.All) is { } near ? $"; did you mean {near}?"
                        : ", and the file does not define it; if another file does, put that before this one, in one file"));
            source.Note(assignment.Line, $"{property} is a property of the file's own, which a map does not carry");
            return;
        }
        var value = new RdlValue(assignment.Value, node.Scope, assignment.Line);
        if (assignment.IsDefault)
        {
            node.Scope.Defaults[property] = value;
            return;
        }
        if (assignment.Path is null)
        {
            node.Set(property, value);
            return;
        }
        if (assignment.IsOfElement)
        {
            source.Note(assignment.Line, "a property of one element of an array is not carried: elements are alike");
            return;
        }
        var target = node;
        foreach (var name in assignment.Path)
        {
            if (target.Scope.LeftOut.Contains(name)) return;
            target = target.Find(name)
                ?? throw source.Refusal(assignment.Line, $"there is no instance '{string.Join('.', assignment.Path)}' here");
        }
        target.Set(property, value);
    }

    // 13.4: where an instance lies that does not say.
    private void Place(RdlNode node)
    {
        if (node.Flag("bigendian")) throw source.Refusal(node.Line, "bigendian: PCI Express is little-endian; swap the bytes, or leave it out");
        var mode = node.Word("addressing") ?? "regalign";
        if (mode is not ("compact" or "regalign" or "fullalign"))
            throw source.Refusal(node.Line, $"addressing = {mode}; expected compact, regalign or fullalign");
        var common = node.Number("alignment", 1, MostAddress) ?? 1;
        var next = 0UL;
        foreach (var child in node.Children)
        {
            var instance = child.Instance;
            child.Stride = instance.Stride is { } stride ? RdlNode.Number(source, stride, node.Scope, $"the stride of {child.Name}", 1, MostAddress)
                : child.Node.Size;
            if (child.Dimensions.Count > 0 && child.Stride < child.Node.Size)
                throw source.Refusal(instance.Line, $"{child.Name} has {child.Node.Size} bytes and a stride of {child.Stride}; its elements overlap");
            if (instance.Address is { } address)
                child.Offset = RdlNode.Number(source, address, node.Scope, $"the address of {child.Name}", 0, MostAddress);
            else
            {
                var own = instance.Alignment is { } alignment
                    ? RdlNode.Number(source, alignment, node.Scope, $"the alignment of {child.Name}", 1, MostAddress) : 1;
                var natural = mode switch
                {
                    "compact" => child.Node.Kind == "reg" ? Math.Min(child.Node.Size, 4) : 1,
                    "regalign" => RdlNode.PowerOfTwo(child.Node.Size),
                    _ => RdlNode.PowerOfTwo(child.Total),
                };
                child.Offset = RdlNode.RoundUp(next, Math.Max(common, Math.Max(own, natural)));
            }
            next = child.Offset + child.Total;
            if (next > MostAddress) throw source.Refusal(instance.Line, $"{child.Name} ends at 0x{next:X}; expected an end below 0x{MostAddress:X}");
            node.Size = Math.Max(node.Size, next);
        }
    }
}
