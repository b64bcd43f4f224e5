using Pcie.Card;

return await EmulatorCommand.RunAsync(args);
