using Xunit.Sdk;
using Xunit.v3;

// Descriptors and mappings are counted for the process: one session at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
