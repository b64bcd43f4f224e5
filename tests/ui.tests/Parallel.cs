using Xunit.v3;

// Most of their time these wait for processes and a browser.
[assembly: Parallelization(MaxThreads = 4)]
