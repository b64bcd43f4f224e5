using Pcie.Control.Wire;

namespace Pcie.Emu.Access;

/// <summary>A card that is looked into.</summary>
/// <param name="client">Its control service, or what stands for it.</param>
/// <param name="owner">Disposed with this.</param>
internal sealed class OpenCard(CardControl.CardControlClient client, IDisposable owner) : IDisposable
{
    public CardControl.CardControlClient Client => client;

    public void Dispose() => owner.Dispose();
}
