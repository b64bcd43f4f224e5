using System.CommandLine;
using Pcie.Diagnosis.Import.Results;

namespace Pcie.Emu.Commands;

/// <summary><c>--ts</c>: what xperf's column TimeStamp says of an ISR or a DPC.</summary>
internal static class TimestampOption
{
    public static Option<TimestampMeaning> Create()
    {
        var option = new Option<TimestampMeaning>("--ts")
        {
            Description = "xperf: what a TimeStamp is: the start, the end, or what the file shows it to be, which is taken unless given.",
            HelpName = "WHAT",
        };
        option.AcceptOnlyFromAmong("detect", "start", "end");
        return option;
    }
}
