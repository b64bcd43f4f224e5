using BenchmarkDotNet.Running;
using Pcie.Bench;

if (args is ["reconnect"]) ReconnectFigures.Print();
else BenchmarkSwitcher.FromAssembly(typeof(ShortRun).Assembly).Run(args, new ShortRun());
