using System.Security.Cryptography;
using Pcie.Diagnosis.Validation;
using Pcie.Emu.Guest.Machine;
using Pcie.Emu.Guest.Preparing;
using Pcie.Emulator.Hosting;
using Pcie.Time;

namespace Pcie.Emu.Guest.Tests;

/// <summary>
/// The guest's recording, calibrated on one half, and the modelled kernel run with it: how long softirqs waited in the other half, measured and
/// modelled side by side. Whether they are alike is what the table tells; that there is something to compare is what the test asks for.
/// </summary>
/// <param name="validate">Calibrates on a recording and simulates.</param>
internal sealed class PredictTest(Func<string, ValidationResult> validate) : GuestTest
{
    private const int Chunk = 4096, Chunks = 1500, Enough = 100;

    public override string Name => "predict";

    public override string Summary => "The guest's recording calibrated: waits of the other half, measured and modelled, in one table.";

    public override CardDesign CreateCard(string folder) =>
        FileCard.Create(
            Path.Combine(folder, "predict.bin"), RandomNumberGenerator.GetBytes(Chunk * Chunks), Chunk, Duration.FromMilliseconds(2), Chunks);

    public override Task CheckAsync(GuestResult guest, CardHost card, GuestParts parts, GuestVerdict verdict, CancellationToken cancellation)
    {
        var result = validate(guest.PathOf("predict.ftrace"));
        verdict.Say(ValidationText.Of(result));
        foreach (var softirq in (string[])["softirq TASKLET", "softirq NET_RX"])
            verdict.Expect(result.Sources.Any(one => one.Source == softirq && one.Measured.Count >= Enough && one.Predicted.Count >= Enough),
                $"{softirq}: there are not {Enough} waits of both, measured and modelled");
        return Task.CompletedTask;
    }
}
