using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Pcie.Link;
using Pcie.Link.Codec;
using Pcie.Pci;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Bench;

/// <summary>A frame to the wire and back, against the classes that Google.Protobuf generates from the same link.proto.</summary>
public class FrameCodecBenchmarks
{
    private readonly Frame frame = new();
    private readonly Frame read = new();
    private readonly ArrayBufferWriter<byte> output = new(1 << 20);
    private Wire.DeviceMessage message = new();
    private ReadOnlySequence<byte> bytes;

    /// <summary>Bytes of the one memory write in the frame: an MSI, a DMA burst.</summary>
    [Params(4, 256 << 10)]
    public int Payload { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        frame.Epoch = 1;
        frame.Sequence = 123_456;
        frame.Acknowledge = 123_455;
        frame.Promise = SimTime.Zero + Duration.FromSeconds(3600);
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0xFEE0_1000, Payload) with { SentAt = SimTime.Zero + Duration.FromSeconds(3599) },
            new byte[Payload]);
        FrameCodec.Write(frame, output);
        bytes = new ReadOnlySequence<byte>(output.WrittenSpan.ToArray());
        message = Wire.DeviceMessage.Parser.ParseFrom(bytes);
    }

    [Benchmark(Baseline = true), BenchmarkCategory("encode")]
    public int ProtobufEncode()
    {
        output.ResetWrittenCount();
        message.WriteTo(output);
        return output.WrittenCount;
    }

    [Benchmark, BenchmarkCategory("encode")]
    public int Encode()
    {
        output.ResetWrittenCount();
        FrameCodec.Write(frame, output);
        return output.WrittenCount;
    }

    [Benchmark(Baseline = true), BenchmarkCategory("decode")]
    public object ProtobufDecode() => Wire.DeviceMessage.Parser.ParseFrom(bytes);

    [Benchmark, BenchmarkCategory("decode")]
    public bool Decode()
    {
        read.Clear();
        return FrameCodec.TryRead(bytes, LinkDirection.DeviceToHost, read);
    }
}
