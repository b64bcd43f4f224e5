namespace Pcie.Emulator.Rtl.Models;

/// <summary>How a request of an RTL card ended, as <c>rtl_card.h</c> numbers it.</summary>
public enum RtlResult : uint
{
    Done = 0,

    /// <summary>Nobody decodes the address.</summary>
    UnsupportedRequest = 1,

    /// <summary>Completer abort, or no answer in time.</summary>
    Aborted = 2,

    /// <summary>Bus Master Enable is off: not sent.</summary>
    NotMaster = 3,

    /// <summary>Of a message: it is on its way.</summary>
    Sent = 4,

    /// <summary>Of a message: masked; it will be sent once when unmasked.</summary>
    Pending = 5,

    /// <summary>Of a message: masked, and pending already.</summary>
    Collapsed = 6,

    /// <summary>Of a message: messages or bus mastering are disabled.</summary>
    Lost = 7,
}
