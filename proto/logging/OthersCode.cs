using System.Diagnostics;
using System.Reflection;

namespace Pcie.Logging;

/// <summary>Code that others have written into a program of ours, as a card or a driver is: where in it an exception came from.</summary>
public static class OthersCode
{
    private static readonly string[] Frameworks = ["System", "Microsoft", "netstandard"];

    private static readonly string? Ours = ProductOf(typeof(OthersCode).Assembly);

    /// <summary>What an exception says, headed by its type and its place if that is others' code.</summary>
    public static string Describe(Exception e) =>
        PlaceOf(e) is { } place ? $"{CauseOf(e).GetType().Name} in {place}: {CauseOf(e).Message}" : e.Message;

    /// <summary>
    /// The innermost of others' methods on its stack, with file and line where their symbols are at hand, as in
    /// <c>the constructor of MyCard, /home/me/MyCard.cs:23</c>; null if none of them is on it.
    /// </summary>
    public static string? PlaceOf(Exception e)
    {
        var frames = Stack(CauseOf(e)).Concat(Stack(e)).Where(frame => IsOfOthers(frame.GetMethod()?.DeclaringType?.Assembly)).ToList();
        // A library that a card uses is others' too; its author's own is what has symbols.
        var place = frames.Find(frame => frame.GetFileName() is not null) ?? frames.FirstOrDefault();
        return place?.GetMethod() is not { } method ? null
            : $"{NameOf(method)}, "
                + (place.GetFileName() is { } file ? $"{file}:{place.GetFileLineNumber()}" : $"{method.Module.Assembly.GetName().Name}");
    }

    /// <summary>An exception without what the runtime has wrapped it in.</summary>
    public static Exception CauseOf(Exception e) => e switch
    {
        TypeInitializationException or TargetInvocationException when e.InnerException is { } inner => CauseOf(inner),
        AggregateException { InnerExceptions: [var one] } => CauseOf(one),
        _ => e,
    };

    private static StackFrame[] Stack(Exception e) => new StackTrace(e, fNeedFileInfo: true).GetFrames();

    private static bool IsOfOthers(Assembly? assembly) => assembly?.GetName().Name is { } name && ProductOf(assembly) != Ours
        && !Array.Exists(Frameworks, one => name == one || name.StartsWith($"{one}.", StringComparison.Ordinal));

    private static string? ProductOf(Assembly assembly) => assembly.GetCustomAttribute<AssemblyProductAttribute>()?.Product;

    private static string NameOf(MethodBase method)
    {
        var (type, name) = (method.DeclaringType!, method.Name);
        // The compiler keeps an async method and a lambda in types and methods of its own, named after the one that has it: <Start>d__3, <Start>b__0.
        while (type.DeclaringType is { } outer && type.Name.StartsWith('<'))
        {
            if (Within(type.Name) is { } itself) name = itself;
            type = outer;
        }
        name = Within(name) ?? name;
        return name switch
        {
            ".ctor" => $"the constructor of {type.Name}",
            ".cctor" => $"the static constructor of {type.Name}",
            _ when method.IsSpecialName => $"{type.Name}.{name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..]}",
            _ => $"{type.Name}.{name}",
        };
    }

    private static string? Within(string name) =>
        name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end ? name[1..end] : null;
}
