using Pcie.Emu;

return await EmuCommand.RunAsync(args);
