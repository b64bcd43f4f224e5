namespace Pcie.Logging;

/// <summary>What a line of a log looks like.</summary>
public enum LogFormat
{
    /// <summary>For a person.</summary>
    Text,

    /// <summary>For a program: a JSON object with time, level, logger, message, and exception if there is one.</summary>
    Json,
}
