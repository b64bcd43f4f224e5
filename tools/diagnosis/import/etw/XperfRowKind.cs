namespace Pcie.Diagnosis.Import.Etw;

/// <summary>What a row of a dumper text is to an importer.</summary>
internal enum XperfRowKind
{
    /// <summary>The head does not name it.</summary>
    Undefined,
    /// <summary>The head names it, and it is of no interest here.</summary>
    Other,
    Interval,
    ContextSwitch,
    Sample,
    Stack,
    /// <summary>ETW's own event (RT_LostEvent): events or buffers were lost.</summary>
    Loss,
    /// <summary>Of the keywords WDF_DPC and WDF_INTERRUPT: the callback that the framework is going to call.</summary>
    FrameworkCall,
    /// <summary>Of a manifest or TraceLogging provider: <c>Provider/Event/win:Info</c>.</summary>
    Provider,
}
