using System.Runtime.ExceptionServices;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser;

/// <summary>
/// Takes what the client sends on a thread of its own, in turn with the card's engine: whoever holds the engine's lock may touch connection and card.
/// It waits in the system for nothing but the client, so that an access wakes one thread, which answers it.
/// </summary>
internal sealed class Receiver : IDisposable
{
    private readonly MessageSocket socket;
    private readonly Func<bool> take;
    private readonly object bell = new();
    private readonly Thread thread;
    private ExceptionDispatchInfo? failure;
    private volatile bool isOver;
    private bool isResumed;

    /// <param name="engineLock">Held while a message is taken.</param>
    /// <param name="take">
    /// Takes what has come. Returns false if the next message has come as well, and must wait until <see cref="Resume"/>.
    /// </param>
    public Receiver(MessageSocket socket, Lock engineLock, Func<bool> take)
    {
        (this.socket, EngineLock, this.take) = (socket, engineLock, take);
        thread = new Thread(Run) { IsBackground = true, Name = "vfio-user receiver" };
        thread.Start();
    }

    /// <summary>Held while a message is taken.</summary>
    public Lock EngineLock { get; }

    /// <summary>Throws what has ended it, if it was a defect of ours.</summary>
    public void CheckFailure() => Volatile.Read(ref failure)?.Throw();

    /// <summary>The next message can be taken.</summary>
    public void Resume()
    {
        lock (bell)
        {
            isResumed = true;
            Monitor.Pulse(bell);
        }
    }

    /// <summary>Nothing more is taken. From any thread.</summary>
    public void End()
    {
        isOver = true;
        socket.EndReceiving();
        Resume();
    }

    /// <summary>Ends it, and waits until nothing is taken any more.</summary>
    public void Dispose()
    {
        End();
        thread.Join();
    }

    private void Run()
    {
        try
        {
            while (!isOver)
            {
                bool goesOn;
                lock (EngineLock) goesOn = take();
                if (isOver) return;
                if (goesOn) socket.WaitToReceive();
                else WaitUntilResumed();
            }
        }
        catch (Exception e)
        {
            Volatile.Write(ref failure, ExceptionDispatchInfo.Capture(e));
            socket.Wake();
        }
    }

    private void WaitUntilResumed()
    {
        lock (bell)
        {
            while (!isResumed) Monitor.Wait(bell);
            isResumed = false;
        }
    }
}
