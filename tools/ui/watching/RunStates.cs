namespace Pcie.Ui.Watching;

/// <summary>What driver-control.proto calls the states of a run that is not over.</summary>
public static class RunStates
{
    public const string Waiting = "waiting for a card", Starting = "starting", Running = "running";

    public static bool IsOver(string state) => state is not ("" or Waiting or Starting or Running);
}
