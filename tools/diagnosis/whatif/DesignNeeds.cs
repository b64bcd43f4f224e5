namespace Pcie.Diagnosis.WhatIf;

/// <summary>What a change to a design costs, the cheapest first.</summary>
public enum DesignNeeds
{
    /// <summary>The design as it is.</summary>
    Nothing,

    /// <summary>A setting: a call at start-up, or a line of the INF file.</summary>
    DriverSetting,

    /// <summary>Other code in the driver, and the memory it needs.</summary>
    DriverCode,

    /// <summary>Another FPGA image, and a driver for it.</summary>
    Card,

    /// <summary>A change that a user named: what it costs he knows.</summary>
    Unknown,
}
