using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>An event of Linux's <c>irq_vectors</c>: the entry or exit of an interrupt that the kernel itself handles.</summary>
internal sealed record FtraceVectorEvent(int Source, bool IsEntry)
{
    // arch/x86/include/asm/trace/irq_vectors.h; ipi_entry and ipi_exit are arm64's.
    private static readonly HashSet<string> Vectors =
    [
        "local_timer", "spurious_apic", "error_apic", "x86_platform_ipi", "irq_work", "reschedule", "call_function",
        "call_function_single", "threshold_apic", "deferred_error_apic", "thermal_apic", "ipi",
    ];

    /// <summary>Null for an event that is none of them.</summary>
    public static FtraceVectorEvent? Of(string name, IMachineSink sink)
    {
        var isEntry = name.EndsWith("_entry", StringComparison.Ordinal);
        if (!isEntry && !name.EndsWith("_exit", StringComparison.Ordinal)) return null;
        var vector = name[..name.LastIndexOf('_')];
        return Vectors.Contains(vector) ? new FtraceVectorEvent(sink.Source(vector), isEntry) : null;
    }
}
