using Pcie.Emulator;

return await EmulatorProgram.RunAsync(args);
