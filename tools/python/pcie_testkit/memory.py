"""What the device can reach."""

BELOW_4G, ABOVE_4G, GAP = 0x0100_0000, 0x1_0000_0000, 4096


class Buffer:
    """Some bytes of host memory, for as long as the bench lives."""

    def __init__(self, address, size):
        self.address, self.bytes = address, bytearray(size)

    def __len__(self):
        return len(self.bytes)


class Memory:
    """Host memory: nothing but what is allocated decodes."""

    def __init__(self):
        self.buffers = []
        self.next = {True: BELOW_4G, False: ABOVE_4G}

    def allocate(self, size, alignment=4096, below_4g=False):
        """A buffer of zeros. The bytes behind it decode nowhere, so that who writes too much is found."""
        if size < 1 or alignment < 4 or alignment & (alignment - 1):
            raise ValueError(f"{size} bytes aligned to {alignment}: expected a size of 1 or more, and a power of two from 4")
        buffer = Buffer(-(-self.next[below_4g] // alignment) * alignment, size)
        self.next[below_4g] = buffer.address + size + GAP
        self.buffers.append(buffer)
        return buffer

    def find(self, address, length):
        """The buffer that holds all of it, and where in it; None if none does."""
        for buffer in self.buffers:
            if buffer.address <= address and address + length <= buffer.address + len(buffer):
                return buffer, address - buffer.address
        return None
