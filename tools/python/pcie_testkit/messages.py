"""Programs MSI or MSI-X, so that message n writes a number of its own to the address of processor 0."""

from .failures import NotApplicable

MSI, MSIX = "MSI", "MSI-X"
CAPABILITY = {MSI: 0x05, MSIX: 0x11}
ADDRESS, WINDOW, FIRST_VECTOR = 0xFEE0_0000, 0xFEE0_0000, 0x40
MSI_ENABLE, MSIX_ENABLE, MSIX_FUNCTION_MASK = 1 << 0, 1 << 15, 1 << 14


def is_message(address):
    return address & ~0xF_FFFF == WINDOW


def enable(bench, kind, count):
    at = bench.config.find(CAPABILITY[kind], kind)
    control = bench.config.read(at + 2, 2)
    capable = (control & 0x7FF) + 1 if kind == MSIX else 1 << (control >> 1 & 7)
    if count > capable:
        raise NotApplicable(f"the function has {capable} {kind} messages, {count} are asked for")
    (_enable_msix if kind == MSIX else _enable_msi)(bench, at, control, count)


def _enable_msi(bench, at, control, count):
    if count not in (1, 2, 4, 8, 16, 32):
        raise ValueError(f"{count} messages of MSI; expected a power of two up to 32")
    config = bench.config
    # 7.7.1: it is programmed while it is disabled.
    control &= ~(MSI_ENABLE | 7 << 4)
    config.write(at + 2, control, 2)
    config.write(at + 4, ADDRESS)
    is_64_bit = control & 1 << 7
    if is_64_bit:
        config.write(at + 8, 0)
    config.write(at + (12 if is_64_bit else 8), FIRST_VECTOR, 2)
    if control & 1 << 8:
        config.write(at + (16 if is_64_bit else 12), 0)
    config.write(at + 2, control | (count.bit_length() - 1) << 4 | MSI_ENABLE, 2)


def _enable_msix(bench, at, control, count):
    config = bench.config
    control &= ~(MSIX_ENABLE | MSIX_FUNCTION_MASK)
    place = config.read(at + 4)
    table = bench.bar(place & 7).address + (place & ~7)
    config.write(at + 2, control | MSIX_ENABLE | MSIX_FUNCTION_MASK, 2)
    for entry in range(count):
        for offset, value in ((0, ADDRESS), (4, 0), (8, FIRST_VECTOR + entry), (12, 0)):
            bench.write_memory(table + 16 * entry + offset, value)
    config.write(at + 2, control | MSIX_ENABLE, 2)
