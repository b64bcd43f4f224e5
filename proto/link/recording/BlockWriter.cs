namespace Pcie.Link.Recording;

/// <summary>
/// Writes blocks to a stream on a thread of its own, so that whoever fills them waits for the disk only when it is some blocks behind: memory
/// is bounded, and nothing is lost.
/// </summary>
/// <remarks>Handing over allocates nothing in steady state.</remarks>
internal sealed class BlockWriter : IDisposable
{
    private const int MaxBlocks = 16;

    private readonly object gate = new();
    private readonly Queue<SessionBlock> full = new();
    private readonly Stack<SessionBlock> free = new();
    private readonly Stream stream;
    private readonly Thread thread;
    private int blocks;
    private bool closing;
    private Exception? failure;

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
        lock (gate)
        {
            while (true)
            {
                ThrowFailure();
                if (free.TryPop(out var block)) return block;
                if (blocks == MaxBlocks)
                {
                    Monitor.Wait(gate);
                    continue;
                }
                blocks++;
                return new SessionBlock();
            }
        }
    }

    /// <summary>Hands over a block that is to be written next.</summary>
    public void Write(SessionBlock block)
    {
        lock (gate)
        {
            full.Enqueue(block);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Returns when everything is written.</summary>
    /// <exception cref="IOException">It could not be.</exception>
    public void Dispose()
    {
        lock (gate)
        {
            closing = true;
            Monitor.PulseAll(gate);
        }
        thread.Join();
        ThrowFailure();
    }

    private void ThrowFailure()
    {
        if (failure is not null) throw new IOException($"The session could not be recorded: {failure.Message}", failure);
    }

    private void Run()
    {
        while (Next() is { } block)
        {
            try
            {
                block.WriteTo(stream);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException)
            {
                // Whoever fills the next block is told.
                lock (gate)
                {
                    failure = e;
                    Monitor.PulseAll(gate);
                }
                return;
            }
            lock (gate)
            {
                free.Push(block);
                Monitor.PulseAll(gate);
            }
        }
    }

    private SessionBlock? Next()
    {
        lock (gate)
        {
            SessionBlock? block;
            while (!full.TryDequeue(out block) && !closing) Monitor.Wait(gate);
            return block;
        }
    }
}
