using BenchmarkDotNet.Running;
using Pcie.Bench;

BenchmarkSwitcher.FromAssembly(typeof(ShortRun).Assembly).Run(args, new ShortRun());
