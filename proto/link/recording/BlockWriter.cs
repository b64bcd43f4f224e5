using System.Collections.Concurrent;

namespace Pcie.Link.Recording;

/// <summary>
/// Writes blocks to a stream on a thread of its own, so that whoever fills them waits for the disk only when it is some blocks behind: memory
/// is bounded, and nothing is lost. One thread at a time rents and hands over.
/// </summary>
/// <remarks>Renting and handing over allocate nothing in steady state.</remarks>
internal sealed class BlockWriter : IDisposable
{
    private const int MaxBlocks = 16;

    private readonly BlockingCollection<SessionBlock> full = [];
    private readonly BlockingCollection<SessionBlock> free = [];
    private readonly Stream stream;
    private readonly Thread thread;
    private int blocks;
    private volatile IOException? failure;

    /// <param name="stream">Left open.</param>
    public BlockWriter(Stream stream)
    {
        this.stream = stream;
        thread = new Thread(Run) { IsBackground = true, Name = "session recording" };
        thread.Start();
    }

    /// <summary>An empty block to fill.</summary>
    /// <exception cref="IOException">A block could not be written.</exception>
    public SessionBlock Rent()
    {
        if (failure is not null) throw failure;
        if (free.TryTake(out var block)) return block;
        if (blocks < MaxBlocks)
        {
            blocks++;
            return new SessionBlock();
        }
        // Nothing comes after a failure alone.
        return free.TryTake(out block, Timeout.Infinite) ? block : throw failure!;
    }

    /// <summary>Hands over a block that is to be written next.</summary>
    public void Write(SessionBlock block) => full.Add(block);

    /// <summary>Returns when everything is written.</summary>
    /// <exception cref="IOException">It could not be.</exception>
    public void Dispose()
    {
        full.CompleteAdding();
        thread.Join();
        full.Dispose();
        free.Dispose();
        if (failure is not null) throw failure;
    }

    private void Run()
    {
        foreach (var block in full.GetConsumingEnumerable())
            try
            {
                block.WriteTo(stream);
                free.Add(block);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException)
            {
                failure = new IOException($"The session could not be recorded: {e.Message}", e);
                free.CompleteAdding();
                return;
            }
    }
}
