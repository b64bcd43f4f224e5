namespace Pcie.Qtest;

/// <summary>QEMU has closed its connection: its process says why.</summary>
internal sealed class QemuGoneException() : IOException("QEMU has closed its connection.");
