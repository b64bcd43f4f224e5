using Pcie.DriverModel;
using Pcie.Emulator.Hosting;
using Pcie.OneProcess;

// Against a card in this process, unless told of another: --card http://127.0.0.1:5000.
return await DriverProgram.RunAsync(args, MyDriver.Design, new CardInProcess(CardDesign.Edu));
