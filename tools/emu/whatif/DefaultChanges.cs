using System.Globalization;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Scenario;

namespace Pcie.Emu.WhatIf;

/// <summary>The changes that a driver's or a card's author would think of.</summary>
internal static class DefaultChanges
{
    public static IEnumerable<DesignChange> For(HostScenario host)
    {
        yield return DesignChange.Of("high importance", DesignNeeds.DriverSetting, "driver.dpc-importance=high");
        var own = host.Driver.Device.InterruptProcessor;
        if (host.Machine.Kernel.Processors > 1)
        {
            var other = ((own + host.Machine.Kernel.Processors / 2) % host.Machine.Kernel.Processors).ToString(CultureInfo.InvariantCulture);
            yield return DesignChange.Of($"interrupts and DPC on CPU {other}", DesignNeeds.DriverSetting, $"driver.interrupt-processor={other}");
            yield return DesignChange.Of(
                $"DPC on CPU {other}, high importance", DesignNeeds.DriverSetting, $"driver.dpc-processor={other}", "driver.dpc-importance=high");
        }
        if (host.Driver is not DaqDesign) yield break;
        yield return DesignChange.Of("drain: copy all there is", DesignNeeds.DriverCode, "driver.drain=all");
        yield return DesignChange.Of("last look after a flushed re-arm", DesignNeeds.DriverCode, "driver.last-look=after-flushed-rearm");
        foreach (var slots in (int[])[2, 4, 8, 16])
            yield return DesignChange.Of($"a ring of {slots} slots", DesignNeeds.DriverCode, "driver.buffering=ring", $"driver.ring-slots={slots}");
        yield return DesignChange.Of("re-arm policy level", DesignNeeds.Card, "driver.rearm-policy=level");
        yield return DesignChange.Of("re-arm policy per event", DesignNeeds.Card, "driver.rearm-policy=per-event");
        yield return DesignChange.Of("a vector for each cause", DesignNeeds.Card, "card.msi-messages=8", "driver.routing=per-cause");
        if (host.Machine.Kernel.Processors > 1)
        {
            yield return DesignChange.Of("a vector for each cause, spread", DesignNeeds.Card, "card.msi-x-entries=8", "driver.interrupts=msi-x",
                "driver.routing=per-cause", "driver.interrupt-affinity=spread-messages-across-all-processors");
        }
        yield return DesignChange.Of("a status block", DesignNeeds.Card, "driver.cause-source=status-block");
    }
}
