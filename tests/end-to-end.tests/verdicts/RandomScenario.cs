using System.Text;

namespace Pcie.EndToEnd.Tests.Verdicts;

/// <summary>A short run of some card, driver and machine, the bad ones included, as a scenario file.</summary>
internal static class RandomScenario
{
    private static readonly string[] Faults =
    [
        "msi-dropped", "no-completion", "source-burst", "corrupted-payload", "msi-delayed", "msi-duplicated", "completion-error", "source-stall",
        "link-down", "function-reset",
    ];

    public static string Of(int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        var period = random.Next(100, 2_000);
        Add($"[run]\ntitle = \"random\"\nduration = \"200ms\"\nseed = {seed}");
        Add($"[card.source]\nkind = \"counter\"\nchunk = \"{random.Next(1, 16)} KiB\"\nperiod = \"{period}us\"");
        if (Chance(2)) Add($"jitter = {{ exponential = \"{random.Next(1, period)}us\" }}");
        if (Chance(3)) Add("header-only = true");
        if (Chance(5)) Add($"fifo-chunks = {random.Next(1, 16)}");
        if (Chance(5)) Add($"[card.dma]\nbandwidth = \"{One(["20 MB/s", "100 MB/s", "400 MB/s"])}\"");
        if (Chance(3)) AddFault(One(Faults));
        Add("[host]\nprocessors = 2");
        if (Chance(5)) Add("kernel = \"linux\"");
        if (Chance(5)) Add($"[[host.idle-state]]\nafter = \"50us\"\nexit-latency = \"{random.Next(5, 900)}us\"");
        foreach (var name in (string[])["ndis.sys", "dxgkrnl.sys", "storport.sys"])
        {
            if (Chance(3)) continue;
            Add($"[[host.interference]]\nname = \"{name}\"\ninterval = {{ exponential = \"{random.Next(1, 40)}ms\" }}");
            Add(One(
            [
                $"isr = \"{random.Next(2, 40)}us\"\ndpc = \"{random.Next(20, 6_000)}us\"", $"dpc = \"{random.Next(20, 4_000)}us\"",
                $"raised = \"{random.Next(20, 4_000)}us\"", $"stop = \"{random.Next(20, 3_000)}us\"", $"isr = \"{random.Next(50, 1_000)}us\"",
            ]));
        }
        if (Chance(4)) Add($"[host.reader]\ncyclic-buffer-chunks = {random.Next(1, 64)}\nrate = \"{random.Next(1, 60)} MB/s\"");
        Add($"[driver]\nbuffering = \"{One(["single", "ping-pong", "ring", "ring"])}\"\nring-slots = {random.Next(1, 16)}");
        Add($"when-full = \"{One(["overwrite", "overwrite", "drop", "hold-back"])}\"\ndrain = \"{One(["all", "all", "all", "one"])}\"");
        Add($"rearm-policy = \"{One(["per-event", "on-non-zero", "auto-mask", "auto-mask-lossy", "level"])}\"");
        Add($"last-look = \"{One(["before-rearm", "after-rearm", "after-flushed-rearm"])}\"\nverify-copy = {(Chance(4) ? "false" : "true")}");
        Add($"copy-rate = \"{One(["4 GB/s", "400 MB/s", "40 MB/s"])}\"\ndpc-importance = \"{One(["low", "medium", "high"])}\"");
        if (Chance(4)) Add($"isr-work = \"{random.Next(1, 80)}us\"");
        if (Chance(5)) Add($"moderation-count = {random.Next(2, 12)}\nmoderation-time = \"{random.Next(20, 9_000)}us\"");
        if (Chance(5)) Add("cause-source = \"status-block\"");
        if (Chance(5)) Add("dpc-processor = 1");
        if (Chance(5)) Add("interrupts = \"msi-x\"\nrouting = \"per-cause\"");
        if (Chance(6)) Add($"watchdog = \"{random.Next(20, 60)}ms\"");
        return text.ToString();

        void AddFault(string kind)
        {
            Add($"[[card.fault]]\nkind = \"{kind}\"\nat = \"{random.Next(10, 100)}ms\"");
            if (kind is not ("source-stall" or "link-down" or "function-reset")) Add($"count = {random.Next(1, 12)}");
        }

        bool Chance(int one) => random.Next(one) == 0;

        string One(string[] values) => values[random.Next(values.Length)];

        void Add(string line) => text.Append(line).Append('\n');
    }
}
