using Pcie.DriverModel;

return await DriverModelCommand.RunAsync(args);
