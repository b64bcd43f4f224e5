using Pcie.Diagnosis.Validation;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;

namespace Pcie.Emu.Guest.Tests;

/// <summary>A test in a virtual machine: which card, what the guest runs, and what must come of it.</summary>
internal abstract class GuestTest
{
    /// <param name="explain">What a recording says of the waits of a DPC: by its path and the DPC's name.</param>
    /// <param name="validate">Calibrates on a part of a recording, and compares with the other.</param>
    public static IReadOnlyList<GuestTest> All(Func<string, string, string> explain, Func<string, ValidationResult> validate) =>
    [
        new LspciTest(), new StreamTest(), new LateTest(explain), new NvmeTest(), new EndpointTest(), new FaultsTest(), new RestartTest(),
        new TwoCardsTest(), new PredictTest(validate), new VfioTest(), new VfioCheckTest(),
    ];

    public abstract string Name { get; }

    /// <summary>In a sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>The file in guest/scripts.</summary>
    public string Script => $"{Name}.sh";

    /// <summary>What the guest gets beside its kernel.</summary>
    public virtual GuestModules Modules => GuestModules.Driver;

    public virtual bool NeedsLspci => false;

    public virtual int Processors => 1;

    public virtual TimeSpan Limit => TimeSpan.FromSeconds(120);

    /// <summary>What its machine has besides.</summary>
    public virtual GuestExtras Extras => new();

    /// <summary>How many cards the machine has.</summary>
    public virtual int Cards => 1;

    /// <summary>A card, anew for each run.</summary>
    /// <param name="folder">For files of its.</param>
    public abstract CardDesign CreateCard(string folder);

    /// <summary>The guest has printed a line.</summary>
    /// <returns>What is to be typed at its console; null for nothing.</returns>
    public virtual string? Answer(string line, CardHost card) => null;

    /// <summary>Judges what the guest has left.</summary>
    /// <param name="card">The first, as the guest left it.</param>
    public abstract Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation);
}
