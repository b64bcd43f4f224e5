namespace Pcie.Link;

/// <summary>
/// One message of the link: a <see cref="Frame"/>, which a codec of our own reads and writes, or a rare one (hello, detach, acknowledgement),
/// which stays with the generated classes.
/// </summary>
public interface ILinkMessage;
