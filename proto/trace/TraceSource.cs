namespace Pcie.Trace;

/// <summary>What a source is to whoever studies the trace, whatever its name.</summary>
public enum SourceRole : byte
{
    /// <summary>The machine's, or another driver's.</summary>
    Other = 0,

    /// <summary>An interrupt message of the device under study: its ISR and DPC. The name ends in the message's number.</summary>
    DeviceMessage = 1,
}

/// <summary>Something that events are about: a driver, a lock, a part of a card.</summary>
public readonly record struct TraceSource(string Name, SourceRole Role = SourceRole.Other)
{
    public bool IsDeviceMessage => Role == SourceRole.DeviceMessage;
}
