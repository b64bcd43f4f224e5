using Pcie.Playback;

namespace Pcie.Diagnosis.Import.Etw;

/// <summary>One kind of row of a dumper text: what it is to us, and in which columns its cells stand.</summary>
internal sealed class XperfRow(string name)
{
    public const int MaxCells = 64;

    private static readonly string[] FrameworkAddress = ["Callback", "Routine", "Addr"];

    public string Name { get; } = name;

    public XperfRowKind Kind { get; private set; } = XperfRowKind.Undefined;
    public IntervalKind Interval { get; private set; }

    // -1 where there is no such column.
    public int TimeStamp { get; private set; } = -1;
    public int Elapsed { get; private set; } = -1;
    public int Cpu { get; private set; } = -1;
    public int Vector { get; private set; } = -1;
    public int Address { get; private set; } = -1;
    public int Function { get; private set; } = -1;
    public int Process { get; private set; } = -1;

    /// <summary>Rows that have come.</summary>
    public long Count { get; set; }

    /// <summary>Of a provider's: that they are told. Known when the first has come.</summary>
    public bool IsWanted { get; set; }

    /// <summary>Takes the columns of the head. A second definition of the same row replaces the first.</summary>
    public void Define(string[] columns)
    {
        (Kind, Interval) = Name switch
        {
            "Interrupt" => (XperfRowKind.Interval, IntervalKind.Isr),
            "DPC" => (XperfRowKind.Interval, IntervalKind.Dpc),
            "DPCTmr" => (XperfRowKind.Interval, IntervalKind.TimerDpc),
            "ThreadedDPC" or "ThreadDPC" => (XperfRowKind.Interval, IntervalKind.ThreadedDpc),
            "CSwitch" => (XperfRowKind.ContextSwitch, IntervalKind.Thread),
            "SampledProfile" or "SampledProfileNmi" => (XperfRowKind.Sample, default(IntervalKind)),
            "Stack" => (XperfRowKind.Stack, default),
            _ when Name.Contains('/', StringComparison.Ordinal) => (XperfRowKind.Provider, default),
            _ when Has("LostEvent") || Has("LostBuffer") || Has("EventsLost") => (XperfRowKind.Loss, default),
            _ when IsFrameworkCall(out var called) => (XperfRowKind.FrameworkCall, called),
            _ => (XperfRowKind.Other, default),
        };
        TimeStamp = Column("TimeStamp");
        Elapsed = Column("ElapsedTime");
        Cpu = Column("CPU");
        Vector = Column("Vector");
        Address = Kind == XperfRowKind.Sample ? Column("PrgrmCtr") : Column("ServiceAddr");
        if (Address < 0 && Kind == XperfRowKind.FrameworkCall)
            Address = Array.FindIndex(columns, 1, c => FrameworkAddress.Any(word => c.Contains(word, StringComparison.OrdinalIgnoreCase)));
        // SampledProfile has a column "ThreadStartImage!Function" too, which is another.
        Function = Column("Image!Function");
        Process = Column("New Process Name ( PID)");
        if (Kind == XperfRowKind.FrameworkCall && (TimeStamp < 0 || Cpu < 0 || (Function < 0 && Address < 0))) Kind = XperfRowKind.Other;

        int Column(string name) => Array.FindIndex(columns, 1, c => string.Equals(c, name, StringComparison.OrdinalIgnoreCase));
    }

    // What the dumper calls these rows is not documented: wdf ... dpc, wdf ... interrupt. So are they if the head gives them what it takes.
    private bool IsFrameworkCall(out IntervalKind kind)
    {
        kind = Has("dpc") ? IntervalKind.Dpc : IntervalKind.Isr;
        return Has("wdf") && (kind == IntervalKind.Dpc || Has("interrupt") || Has("isr"));
    }

    private bool Has(string word) => Name.Contains(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>The column that its kind needs and the head does not have; null if none is missing.</summary>
    public string? Missing => Kind switch
    {
        XperfRowKind.Interval when TimeStamp < 0 => "TimeStamp",
        XperfRowKind.Interval when Elapsed < 0 => "ElapsedTime",
        XperfRowKind.Interval or XperfRowKind.ContextSwitch or XperfRowKind.Sample when Cpu < 0 => "CPU",
        XperfRowKind.ContextSwitch or XperfRowKind.Sample when TimeStamp < 0 => "TimeStamp",
        XperfRowKind.Interval or XperfRowKind.Sample when Function < 0 && Address < 0 => "Image!Function",
        XperfRowKind.ContextSwitch when Process < 0 => "New Process Name ( PID)",
        _ => null,
    };
}
