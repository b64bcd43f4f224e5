namespace Pcie.Diagnosis.Tests.Import;

/// <summary>The recording of a real machine that ships with <c>emu</c>.</summary>
internal static class SampleRecording
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "linux-irq-softirq-loopback-tcp.ftrace.gz");
}
