return await Pcie.Emulator.CardProgram.RunAsync(args, MyCard.Design);
