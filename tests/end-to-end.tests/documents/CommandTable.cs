namespace Pcie.EndToEnd.Tests.Documents;

/// <summary>
/// Who runs the commands that README and docs show. A command of our programs that is not here is run by <see cref="DocumentedCommandTests"/>; each
/// row is one that is not, and why. A row that ends in a blank is of all that begins so.
/// </summary>
internal static class CommandTable
{
    /// <summary>What a page shows that is run by a test of its own, which reads the page or does the same.</summary>
    public static IReadOnlyList<(string Page, string Command, string Test)> RunElsewhere { get; } =
    [
        ("README.md", "emu demo", "DemoTests"),
        ("README.md", "$ emu campaign ", "CampaignTests"),
        ("README.md", "first$ emu worker ", "WorkerProcessTests"),
        ("README.md", "second$ emu worker ", "WorkerProcessTests"),
        ("README.md", "emu ui ", "ServedPage"),
        ("README.md", "emulator ", "OperationsTests"),
        ("README.md", "driver-model ", "OperationsTests"),
        ("docs/campaigns.md", "emu campaign ", "CampaignTests"),
        ("docs/diagnosis.md", "emu explain xperf.txt ", "ExplainTests"),
        ("docs/guests.md", "emulator ", "GuestListenerTests"),
        ("docs/guests.md", "emu guest", "GuestTests"),
        ("docs/guests.md", "emu guest ", "GuestTests"),
        ("docs/guests.md", "$ emu explain ", "GuestTests"),
        ("docs/guests.md", "qemu-system-x86_64 ", "OwnMachineTests"),
        ("docs/guests.md", "emu show ", "GuestTests"),
        ("docs/guests.md", "emu replay ", "GuestTests"),
        ("docs/live-page.md", "emu card ", "ServedPage"),
        ("docs/live-page.md", "emu host ", "DriverPageTests"),
        ("docs/live-page.md", "emu ui ", "ServedPage"),
        ("docs/operations.md", "emulator --config ", "OperationsTests"),
        ("docs/operations.md", "emulator --metrics ", "OperationsTests"),
        ("docs/operations.md", "driver-model --metrics ", "OperationsTests"),
        ("docs/other-devices.md", "", "QemuDeviceTests"),
        ("docs/own-card.md", "", "OutsiderTests"),
        ("docs/own-driver.md", "dotnet ", "OutsiderTests"),
        ("docs/own-driver.md", "cd ", "OutsiderTests"),
        ("docs/own-driver.md", "card$ ", "OutsiderTests"),
        ("docs/own-python.md", "", "PythonKitTests"),
        ("docs/own-registers.md", "", "OutsiderTests"),
        ("docs/packages.md", "", "OutsiderTests"),
        ("docs/rtl.md", "emulator/rtl/verilator/build-card ", "RtlBuild"),
        ("docs/rtl.md", "emu ", "VerilogTests"),
        ("docs/rtl.md", "python3 ", "SocketTests"),
        ("docs/vfio.md", "driver-model ", "GuestTests"),
        ("docs/several-cards.md", "emulator ", "SeveralCardsTests"),
        ("docs/several-cards.md", "driver-model ", "SeveralCardsTests"),
        ("docs/sessions.md", "emulator ", "RecordAndReplayProcessesTests"),
        ("docs/sessions.md", "emu record ", "RecordAndReplayProcessesTests"),
        ("docs/sessions.md", "driver-model ", "RecordAndReplayProcessesTests"),
        ("docs/two-machines.md", "emulator ", "OperationsTests"),
        ("docs/two-machines.md", "driver-model ", "OperationsTests"),
        ("docs/two-machines.md", "card$ emulator ", "SecurityTests"),
        ("docs/two-machines.md", "host$ driver-model ", "SecurityTests"),
    ];

    /// <summary>What no test runs, with the reason: placeholders for a program or a machine of the reader's, and what takes too long.</summary>
    public static IReadOnlyList<(string Page, string Command, string Reason)> NotRun { get; } =
    [
        ("README.md", "dotnet test ", "it would run itself; continuous integration runs it"),
        ("README.md", "emu run late-dpc", "a day: DayTests runs one"),
        ("docs/campaigns.md", "emu worker ", "a cluster's, which has a Redis and several machines"),
        ("docs/diagnosis.md", "emu whatif late-dpc", "half a minute of all processors: WhatIfTests runs shorter ones, RareRunTests rare ones"),
        ("docs/diagnosis.md", "emu whatif late-dpc ", "as the one before it"),
        ("docs/diagnosis.md", "emu run late-dpc --rare", "as the one before it"),
        ("docs/diagnosis.md", "emu whatif mine.toml --plain --seeds 8 --duration 6h", "48 simulated hours of each design"),
        ("docs/guests.md", "dotnet ", "a minute, on a machine that does nothing else"),
        ("docs/live-page.md", "dotnet ", "minutes, on a machine that does nothing else"),
        ("docs/operations.md", "docker ", "a program of the reader's, which starts containers"),
        ("docs/performance.md", "dotnet ", "minutes, on a machine that does nothing else"),
        ("docs/recordings.md", "xperf ", "on the machine that is to be recorded"),
        ("docs/recordings.md", "trace-cmd ", "on the machine that is to be recorded"),
        ("docs/recordings.md", "perf ", "on the machine that is to be recorded"),
        ("docs/recordings.md", "cat ", "on the machine that is to be recorded"),
        ("docs/rtl.md", "apt-get ", "it changes the machine"),
        ("docs/vfio.md", "emu check ", "a function of the reader's machine"),
    ];

    /// <summary>
    /// What stands for something of the reader's in a command that is run: a file that earlier commands of the page have not written, an address.
    /// </summary>
    public static IReadOnlyList<(string Page, string Word, string Meant)> Placeholders { get; } =
    [
        ("README.md", "my.toml", "SHORT"), ("README.md", "mine.toml", "NEW"), ("README.md", "mine", "NEW"),
        ("README.md", "unix:/run/card", "CARD"), ("docs/testing.md", "unix:/run/card", "CARD"),
        ("docs/diagnosis.md", "run.trace", "TRACE"), ("docs/diagnosis.md", "trace.txt", "FTRACE"), ("docs/diagnosis.md", "report.txt", "LATENCYMON"),
        ("docs/diagnosis.md", "mine.toml", "SHORT"),
        ("docs/recordings.md", "FILE", "FTRACE"), ("docs/recordings.md", "trace.txt", "FTRACE"),
        ("docs/recordings.md", "card.sys", "virtio1-req.0"),
        ("docs/sessions.md", "NAME", "vector-per-cause"), ("docs/sessions.md", "URI", "CARD"), ("docs/sessions.md", "four.toml", "FOUR"),
    ];
}
