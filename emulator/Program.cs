using Pcie.Emulator;

return await EmulatorCommand.RunAsync(args);
