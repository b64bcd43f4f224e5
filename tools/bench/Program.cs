using System.Globalization;
using BenchmarkDotNet.Running;
using Pcie.Bench;

switch (args)
{
    case ["reconnect"]:
        ReconnectFigures.Print();
        break;
    case ["silence"]:
        DetectionFigures.Print();
        break;
    case ["guest"]:
        GuestFigures.Print();
        break;
    case ["rtl"]:
        RtlFigures.Print();
        break;
    case ["vfio"]:
        VfioFigures.Print();
        break;
    case ["qtest"]:
        QtestFigures.Print();
        break;
    case ["explain"]:
        ExplainFigures.Print();
        break;
    case ["record", .. var rest]:
        RecordFigures.Print(rest is [var folder] ? folder : Path.GetTempPath());
        break;
    case ["workers", .. var rest]:
        WorkerFigures.Print(rest);
        break;
    case ["page", .. var rest]:
        PageFigures.Print(rest is [var hours] ? int.Parse(hours, CultureInfo.InvariantCulture) : 3);
        break;
    case ["--filter" or "--list", ..]:
        BenchmarkSwitcher.FromAssembly(typeof(ShortRun).Assembly).Run(args, new ShortRun());
        break;
    default:
        return PerformanceFigures.Print(args);
}
return 0;
