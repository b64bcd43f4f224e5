using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Pcie.DriverModel;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Study;
using Pcie.Emulator;
using Pcie.Emulator.Device;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Registers;
using Pcie.OneProcess;
using Pcie.Program;

namespace Pcie.Templates.Tests;

/// <summary>
/// A card or a driver of somebody's that throws: it is who wrote it who has to find it. Every program around one says by whom, where and what it was.
/// </summary>
public sealed class OwnCodeThrowsTests
{
    private const string Millisecond = "[run]\nduration = \"1ms\"\n";

    private static readonly CardInProcess Edu = new(CardDesign.Edu);

    public static TheoryData<Type, int> Exceptions => new()
    {
        { typeof(InvalidOperationException), ExitStatus.Defect },
        { typeof(ArgumentException), ExitStatus.Defect },
        { typeof(NotSupportedException), ExitStatus.Defect },
        { typeof(IOException), ExitStatus.Refused },
        { typeof(FileNotFoundException), ExitStatus.Refused },
        { typeof(DirectoryNotFoundException), ExitStatus.Refused },
        { typeof(FormatException), ExitStatus.Refused },
        { typeof(InvalidDataException), ExitStatus.Refused },
        { typeof(TimeoutException), ExitStatus.Refused },
        { typeof(UnauthorizedAccessException), ExitStatus.Refused },
        { typeof(CryptographicException), ExitStatus.Refused },
    };

    [Theory, MemberData(nameof(Exceptions))]
    public async Task InTheConstructorOfACardItIsRefusedByNamePlaceAndCure(Type exception, int status)
    {
        var (ended, said) = await RunCardAsync(_ => new CardDesign(MyCard.Identity, port => new Thrower(exception)));

        Assert.Equal(status, ended);
        AssertSays(said, exception, "the constructor of Thrower");
    }

    [Theory, MemberData(nameof(Exceptions))]
    public async Task InTheConstructorOfADriver(Type exception, int status)
    {
        var (ended, said) = await RunDriverAsync(_ => new PlainDesign(new() { Name = "mine" }, () => Throwing<FunctionDriver>(exception)), Edu);

        Assert.Equal(status, ended);
        AssertSays(said, exception, $"{nameof(OwnCodeThrowsTests)}.{nameof(Throwing)}");
    }

    [Theory, MemberData(nameof(Exceptions))]
    public async Task InTheConstructorOfACardBesideItsDriver(Type exception, int status)
    {
        var (ended, said) = await RunDriverAsync(MyDriver.Design, new CardInProcess(new CardDesign(MyCard.Identity, _ => new Thrower(exception))));

        Assert.Equal(status, ended);
        AssertSays(said, exception, "the constructor of Thrower");
    }

    [Fact]
    public async Task InTheSecondCardOfAHost()
    {
        var made = 0;
        var card = new CardInProcess(new CardDesign(MyCard.Identity,
            port => ++made == 2 ? new Thrower(typeof(FormatException)) : new MyCard(port)));

        var (ended, said) = await RunDriverAsync(_ => new PlainDesign(new() { Name = "mine" }, () => new Callbacks()), card,
            $"{Millisecond}[[card]]\n[[driver]]\n[[card]]\n[[driver]]\n");

        Assert.Equal(ExitStatus.Refused, ended);
        AssertSays(said, typeof(FormatException), "the constructor of Thrower");
    }

    [Theory, MemberData(nameof(Exceptions))]
    public async Task WhereItIsDesigned(Type exception, int status)
    {
        var (cards, ofCard) = await RunCardAsync(_ => Throwing<CardDesign>(exception));
        var (drivers, ofDriver) = await RunDriverAsync(_ => Throwing<DriverDesign>(exception), Edu);

        Assert.Equal((status, status), (cards, drivers));
        foreach (var said in (string[])[ofCard, ofDriver]) AssertSays(said, exception, $"{nameof(OwnCodeThrowsTests)}.{nameof(Throwing)}");
    }

    // What Program.cs of the template hands over is asked for when the program can say what becomes of it.
    [Fact]
    public async Task InAStaticConstructor()
    {
        var (ended, said) = await RunCardAsync(_ => StaticThrower.Design);

        Assert.Equal(ExitStatus.Refused, ended);
        AssertSays(said, typeof(FormatException), "the static constructor of StaticThrower");
    }

    // Ours checks what a card declares; the place is the declaration.
    [Fact]
    public async Task WhereOursRefusesWhatACardDeclares()
    {
        var (ended, said) = await RunCardAsync(_ => new CardDesign(MyCard.Identity, _ => new Overlapping()));

        Assert.Equal(ExitStatus.Defect, ended);
        Assert.Contains("in the constructor of Overlapping, ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(FunctionDriver.EvtDevicePrepareHardware))]
    [InlineData(nameof(FunctionDriver.EvtDeviceD0Entry))]
    [InlineData(nameof(FunctionDriver.EvtDeviceD0EntryPostInterruptsEnabled))]
    public async Task InACallback(string callback)
    {
        var (ended, said) = await RunDriverAsync(_ => new PlainDesign(new() { Name = "mine" }, () => new Callbacks { Throws = callback }), Edu);

        Assert.Equal(ExitStatus.Refused, ended);
        AssertSays(said, typeof(FormatException), "Callbacks.Throw");
    }

    [Theory]
    [InlineData("free-running", ExitStatus.Refused)]
    [InlineData("wall-clock", ExitStatus.Unexpected)]
    public async Task InARegisterOfACardBesideItsDriver(string pacing, int status)
    {
        var card = new CardInProcess(new CardDesign(MyCard.Identity, _ => new ThrowingRegister()));

        var (ended, said) = await RunDriverAsync(_ => new PlainDesign(new() { Name = "mine" }, () => new Callbacks()), card,
            $"[run]\nduration = \"1s\"\npacing = \"{pacing}\"\n");

        Assert.Equal(status, ended);
        AssertSays(said, typeof(FormatException), "ThrowingRegister.Registers", cure: "");
    }

    [Fact]
    public async Task AScenarioThatIsRefusedIsSaidInItsOwnWords()
    {
        var (ended, said) = await RunDriverAsync(MyDriver.Design, Edu, "[driver]\nisr-wrok = \"1us\"\n");

        Assert.Equal(ExitStatus.Refused, ended);
        Assert.Contains("isr-work", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Mend it", said, StringComparison.Ordinal);
    }

    private static void AssertSays(string said, Type exception, string place, string cure = " Mend it there") => Assert.Matches(
        $"{exception.Name} in {Regex.Escape(place)}, .*{nameof(OwnCodeThrowsTests)}\\.cs:[0-9]+: there is no ROM.*{cure}", said);

    private static Task<(int Status, string Said)> RunCardAsync(Func<CardScenario, CardDesign> design) =>
        RunAsync(log => CardProgram.RunAsync(["--listen", "http://127.0.0.1:0", "--log-file", log], design));

    private static async Task<(int Status, string Said)> RunDriverAsync(Func<DriverScenario, DriverDesign> driver, CardInProcess card,
        string scenario = Millisecond)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, scenario);
            return await RunAsync(log => DriverProgram.RunAsync(["--scenario", file, "--log-file", log], driver, card));
        }
        finally
        {
            File.Delete(file);
        }
    }

    // All that a program says to a person.
    private static async Task<(int Status, string Said)> RunAsync(Func<string, Task<int>> program)
    {
        var (log, errors, output) = (Path.GetTempFileName(), new StringWriter(), new StringWriter());
        var (usualErrors, usualOutput) = (Console.Error, Console.Out);
        try
        {
            Console.SetError(errors);
            Console.SetOut(output);
            var status = await program(log);
            return (status, $"{errors}{output}{await File.ReadAllTextAsync(log)}");
        }
        finally
        {
            Console.SetError(usualErrors);
            Console.SetOut(usualOutput);
            File.Delete(log);
        }
    }

    private static T Throwing<T>(Type exception) => throw (Exception)Activator.CreateInstance(exception, "there is no ROM")!;

    private sealed class Thrower : ICard
    {
        public Thrower(Type exception) => throw (Exception)Activator.CreateInstance(exception, "there is no ROM")!;

        public RegisterFile Registers => new(4096, []);

        public IEnumerable<KeyValuePair<string, ulong>> Statistics => [];

        public void Reset()
        {
        }

        public void Dispose()
        {
        }
    }

    private static class StaticThrower
    {
        static StaticThrower() => throw new FormatException("there is no ROM");

        public static CardDesign Design => CardDesign.Edu;
    }

    private sealed class Overlapping : ICard
    {
        public RegisterFile Registers { get; } = new(4096, [Whole("FIRST"), Whole("SECOND")]);

        public IEnumerable<KeyValuePair<string, ulong>> Statistics => [];

        public void Reset()
        {
        }

        public void Dispose()
        {
        }

        private static Register Whole(string name) => new Register(name, 0, "").Field(0, 32, "VALUE", Access.RW, "");
    }

    private sealed class ThrowingRegister : ICard
    {
        public RegisterFile Registers => throw new FormatException("there is no ROM");

        public RegisterFile? RegistersOf(int bar) => Registers;

        public IEnumerable<KeyValuePair<string, ulong>> Statistics => [];

        public void Reset()
        {
        }

        public void Dispose()
        {
        }
    }

    // Reads a register, and then does nothing, or throws where it is to.
    private sealed class Callbacks : FunctionDriver
    {
        public string Throws { get; init; } = "";

        public override async ValueTask EvtDevicePrepareHardware(WdfDevice device)
        {
            await device.ReadRegisterUlong(0, 0);
            Throw(nameof(EvtDevicePrepareHardware));
        }

        public override ValueTask EvtDeviceD0Entry(WdfDevice device)
        {
            Throw(nameof(EvtDeviceD0Entry));
            return ValueTask.CompletedTask;
        }

        public override async ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device)
        {
            await device.ReadRegisterUlong(0, 0);
            Throw(nameof(EvtDeviceD0EntryPostInterruptsEnabled));
        }

        public override ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId) => ValueTask.FromResult(false);

        public override ValueTask EvtInterruptDpc(WdfInterrupt interrupt) => ValueTask.CompletedTask;

        private void Throw(string where)
        {
            if (where == Throws) throw new FormatException("there is no ROM");
        }
    }
}
