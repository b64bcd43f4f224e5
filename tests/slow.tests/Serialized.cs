using Xunit.Sdk;
using Xunit.v3;

// By the wall clock, or long: one after the other, so that none takes the time of another.
[assembly: Parallelization(Mode = ParallelMode.None)]
