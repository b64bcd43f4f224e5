using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.Pci.Memory;
using Pcie.Time;

namespace Pcie.DriverModel.Nvme;

/// <summary>
/// Brings a controller up and down: its registers and its admin queue. What it waits for it looks for again and again, as long as CAP.TO allows.
/// </summary>
internal sealed class NvmeAdmin
{
    private const int LongestQueue = 16;

    private static readonly Duration RegisterInterval = Duration.FromMicroseconds(100), QueueInterval = Duration.FromMicroseconds(10);

    private readonly WdfDevice device;
    private readonly NvmeCapabilities capabilities;
    private readonly NvmeQueuePair queue;
    private readonly HostBuffer data;
    private ushort identifier;

    public NvmeAdmin(WdfDevice device, NvmeCapabilities capabilities)
    {
        (this.device, this.capabilities) = (device, capabilities);
        queue = new NvmeQueuePair(device, 0, Math.Min(LongestQueue, capabilities.LongestQueue), capabilities.DoorbellStride);
        data = device.CommonBufferCreate(NvmeNamespace.Bytes);
    }

    /// <summary>Whether the completion of a command lies there that nobody has looked at.</summary>
    public bool HasCompletion => queue.HasCompletion;

    /// <summary>Resets the controller and enables it, with empty admin queues (7.6.1).</summary>
    /// <exception cref="DeviceNotUsableException">It does not become ready, or not become not ready.</exception>
    public async ValueTask Enable()
    {
        var configuration = (uint)await device.ReadRegisterUlong(NvmeRegister.Bar, NvmeRegister.Configuration);
        Write(NvmeRegister.Configuration, configuration & ~(NvmeRegister.Enable | NvmeRegister.ShutdownNotification));
        await Until(NvmeRegister.Ready, 0, "after CC.EN was cleared");
        queue.Reset();
        Write(NvmeRegister.AdminSizes, (uint)(queue.Entries - 1) * 0x1_0001);
        WriteAddress(NvmeRegister.AdminSubmission, queue.SubmissionAddress);
        WriteAddress(NvmeRegister.AdminCompletion, queue.CompletionAddress);
        Write(NvmeRegister.Configuration, NvmeRegister.EntrySizes);
        Write(NvmeRegister.Configuration, NvmeRegister.EntrySizes | NvmeRegister.Enable);
        await Until(NvmeRegister.Ready, NvmeRegister.Ready, "after CC.EN was set");
    }

    /// <summary>What controller and namespace 1 say of themselves.</summary>
    /// <exception cref="DeviceNotUsableException">The namespace is none that can be used.</exception>
    public async ValueTask<NvmeNamespace> Identify()
    {
        await Execute(NvmeCommand.Identify(NvmeNamespace.OfController, 0, data.Address), "Identify Controller");
        var longest = NvmeNamespace.LongestTransferOf(data.Span);
        data.Span.Clear();
        await Execute(NvmeCommand.Identify(NvmeNamespace.OfNamespace, NvmeNamespace.First, data.Address), "Identify Namespace 1");
        return NvmeNamespace.Of(data.Span, longest);
    }

    /// <summary>Asks for queues for data.</summary>
    /// <returns>How many there are: as many, or fewer.</returns>
    public async ValueTask<int> AllocateQueues(int wanted)
    {
        var granted = await Execute(NvmeCommand.NumberOfQueues(wanted), "Set Features, Number of Queues");
        return Math.Min(wanted, (int)Math.Min(granted & 0xFFFF, granted >> 16) + 1);
    }

    /// <summary>Has the controller use a pair of empty queues, with a message of their own.</summary>
    public async ValueTask Create(NvmeQueuePair pair, int vector)
    {
        pair.Reset();
        await Execute(NvmeCommand.CreateCompletionQueue(pair, vector), $"Create I/O Completion Queue {pair.Number}");
        await Execute(NvmeCommand.CreateSubmissionQueue(pair), $"Create I/O Submission Queue {pair.Number}");
    }

    /// <summary>Deletes the queues and shuts the controller down, so that nothing is left that it has not written (7.6.2).</summary>
    /// <returns>Whether it has said that it is.</returns>
    public async ValueTask<bool> TryShutDown(IEnumerable<NvmeQueuePair> pairs)
    {
        foreach (var pair in pairs)
        {
            if (await TryExecute(NvmeCommand.DeleteQueue(pair, isCompletion: false)) is not { IsSuccess: true }) break;
            if (await TryExecute(NvmeCommand.DeleteQueue(pair, isCompletion: true)) is not { IsSuccess: true }) break;
        }
        Write(NvmeRegister.Configuration, NvmeRegister.EntrySizes | NvmeRegister.Enable | NvmeRegister.NormalShutdown);
        return await TryWait(NvmeRegister.ShutdownStatus, NvmeRegister.ShutdownComplete) is null;
    }

    private async ValueTask<uint> Execute(NvmeCommand command, string name)
    {
        var completion = await TryExecute(command) ?? throw new DeviceNotUsableException(
            $"{name}: no completion came within {capabilities.Timeout}, which is what CAP.TO allows.");
        return completion.IsSuccess ? completion.Result : throw new DeviceNotUsableException(
            $"{name}: the controller refused it with status 0x{completion.Status:X} (NVM Express 4.6.1: type and code).");
    }

    private async ValueTask<NvmeCompletion?> TryExecute(NvmeCommand command)
    {
        var asked = ++identifier;
        queue.Submit(command, asked);
        queue.RingDoorbells();
        for (var waited = Duration.Zero; waited < capabilities.Timeout && !device.IsRemoved; waited += QueueInterval)
        {
            while (queue.TryTake(out var completion))
            {
                queue.RingDoorbells();
                // One that came too late for whoever had asked is nobody's.
                if (completion.Identifier == asked) return completion;
            }
            await device.StallExecution(QueueInterval);
        }
        return null;
    }

    private async ValueTask Until(uint bits, uint value, string when)
    {
        if (await TryWait(bits, value) is { } status)
            throw new DeviceNotUsableException(status == uint.MaxValue
                ? "CSTS reads as all ones: the controller does not answer."
                : $"CSTS reads 0x{status:X8} {capabilities.Timeout} {when}, which is what CAP.TO allows; expected RDY to be {value & 1}.");
    }

    // What CSTS says instead; null if it has come to the value.
    private async ValueTask<uint?> TryWait(uint bits, uint value)
    {
        for (var waited = Duration.Zero; ; waited += RegisterInterval)
        {
            var status = (uint)await device.ReadRegisterUlong(NvmeRegister.Bar, NvmeRegister.Status);
            if (status == uint.MaxValue) return status;
            if ((status & bits) == value) return null;
            if (waited >= capabilities.Timeout) return status;
            await device.StallExecution(RegisterInterval);
        }
    }

    private void Write(uint offset, uint value) => device.WriteRegisterUlong(NvmeRegister.Bar, offset, value);

    private void WriteAddress(uint offset, ulong value)
    {
        Write(offset, (uint)value);
        Write(offset + 4, (uint)(value >> 32));
    }
}
