using Pcie.DriverModel;

return await DriverModelProgram.RunAsync(args);
