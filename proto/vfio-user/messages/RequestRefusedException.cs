namespace Pcie.VfioUser.Messages;

/// <summary>A command cannot be carried out: it is answered with an error, and the next one is as good as any.</summary>
/// <param name="message">What was wrong, and what was expected.</param>
internal sealed class RequestRefusedException(Errno errno, string message) : Exception(message)
{
    public Errno Errno => errno;
}
