return await Pcie.Emulator.CardProgram.RunAsync(args, _ => MyCard.Design);
