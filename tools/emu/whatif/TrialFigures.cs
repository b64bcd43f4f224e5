using System.ComponentModel;
using Pcie.Diagnosis.Verdicts;

namespace Pcie.Emu.WhatIf;

/// <summary>A <see cref="CureTrial"/> as JSON.</summary>
public sealed record TrialFigures(
    [property: Description("The cure's keys.")] string Change,
    [property: Description("What was said of it.")] CureHelp Help,
    [property: Description("What was lost, or handed on damaged, with the cure; null if it could not be tried.")] long? Lost,
    [property: Description("Of these, chunks that were handed on damaged.")] long? Damaged,
    [property: Description("Why it could not be tried; null if it was.")] string? Refused)
{
    public static TrialFigures Of(CureTrial trial) => new(trial.Cure.Change, trial.Cure.Help, trial.Lost, trial.Damaged, trial.Refused);
}
