namespace Pcie.Link;

/// <summary>
/// One message of the link: a <see cref="Frame"/>, which <see cref="Codec.FrameCodec"/> reads and writes; or a hello or detach, which are rare
/// and stay with the generated classes.
/// </summary>
public interface ILinkMessage;
