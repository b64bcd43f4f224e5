using BenchmarkDotNet.Running;
using Pcie.Bench;

if (args is ["reconnect"]) ReconnectFigures.Print();
else if (args is ["silence"]) DetectionFigures.Print();
else if (args is ["explain"]) ExplainFigures.Print();
else if (args is ["record", .. var rest]) RecordFigures.Print(rest is [var folder] ? folder : Path.GetTempPath());
else BenchmarkSwitcher.FromAssembly(typeof(ShortRun).Assembly).Run(args, new ShortRun());
