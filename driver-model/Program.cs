using Pcie.Host;

return await DriverModelCommand.RunAsync(args);
