namespace Pcie.VfioUser.Messages;

/// <summary>Why a command is refused, as Linux numbers it.</summary>
internal enum Errno
{
    Interrupted = 4,
    TooBig = 7,
    TryAgain = 11,
    NoMemory = 12,
    NotPermitted = 13,
    Busy = 16,
    Exists = 17,
    NoSuchDevice = 19,
    Invalid = 22,
    NotSupported = 95,
}
