"""What the names in a plan mean."""

from typing import NamedTuple

from .failures import NotApplicable


class Place(NamedTuple):
    """A register, or a field of one, and where it is."""

    bar: int
    offset: int
    register_bits: int
    lowest_bit: int
    bits: int
    # Bits of the register outside it that keep what is written to them.
    kept_beside: int

    @property
    def bytes(self):
        return self.register_bits // 8

    def of(self, register):
        return register >> self.lowest_bit & ((1 << self.bits) - 1)

    def at(self, value):
        if not 0 <= value < 1 << self.bits:
            raise ValueError(f"{value:#x} does not fit into {self.bits} bits")
        return value << self.lowest_bit


class RegisterMap:
    """Registers by name, and fields as REGISTER.FIELD. REGISTERS of a module that `emu registers export --format python` wrote is one."""

    def __init__(self, registers=None):
        self.registers = dict(registers or {})
        self._named = {(bar, at): name for name, (bar, offset, bits, _, _) in self.registers.items() for at in range(offset, offset + bits // 8)}

    @classmethod
    def described(cls, card):
        """The registers that a card describes by its control service."""
        return cls({register.name: (register.bar, register.offset, register.width_bits, register.reset_value, {
            field.name: (field.lowest_bit, field.width_bits, field.access) for field in register.fields}) for register in card.registers})

    def __getitem__(self, name):
        register, _, field = name.partition(".")
        if register not in self.registers or field and field not in self.registers[register][4]:
            known = self.registers[register][4] if register in self.registers else self.registers
            raise NotApplicable(f"there is no register or field {name!r}; there are {', '.join(known) or 'no names'}")
        bar, offset, bits, _, fields = self.registers[register]
        if not field:
            return Place(bar, offset, bits, 0, bits, 0)
        lowest, width, _ = fields[field]
        kept = sum(((1 << w) - 1) << low for other, (low, w, access) in fields.items() if other != field and access == "RW")
        return Place(bar, offset, bits, lowest, width, kept)

    def name_of(self, bar, offset):
        """The register at a place; None if none is named there."""
        return self._named.get((bar, offset))
