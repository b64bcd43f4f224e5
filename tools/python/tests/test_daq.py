"""The data-acquisition card and the kit itself: pytest --pcie URI, with a card of `emulator` there."""

import struct

import pytest

from pcie_testkit import MSI, MSIX, Bench, ExpectationFailed, NotApplicable, RegisterMap, ms, us

SLOTS, SLOT_SIZE, HEADER = 4, 0x2000, 32


def test_what_is_enumerated_is_placed_and_identified(bench):
    bench.enumerate()

    assert bench.device[1:] == (0xFDA0, 0xDA01)
    assert bench.bars[0].size == 4096 and bench.bars[0].address % 4096 == 0
    bench.config.expect(0, 0xDA01_FDA0, "identification")
    assert bench.read("ID") == struct.unpack(">I", b"DAQ1")[0]


def test_fields_are_written_beside_those_that_keep_what_is_written(bench):
    bench.enumerate()
    bench.write("INT_ENABLE.DATA_READY", 1)
    bench.write("INT_ENABLE.TEST", 1)
    bench.expect("INT_ENABLE.DATA_READY", 1)
    bench.write_memory(bench.bar(0).address + 0x008 + 1, 0xAB, 1)
    assert bench.read("SCRATCH") == 0xAB00
    assert bench.read_memory(bench.bar(0).address + 0x009, 1).value == 0xAB


@pytest.mark.parametrize("kind", [MSI, MSIX])
def test_a_raise_sends_its_message_and_sets_its_cause(bench, kind):
    bench.enumerate()
    bench.enable_messages(kind, 2)
    bench.write("INT_ENABLE.TEST", 1)
    bench.expect_no_message(during=us(10))
    bench.write("INT_TEST.TEST", 1)
    message = bench.expect_message(0, within=us(10))
    assert message.at == bench.now
    bench.expect("INT_CAUSE.TEST", 1)
    bench.write("INT_CAUSE.TEST", 1)
    bench.expect("INT_CAUSE.TEST", 0, within=us(1))
    bench.expect_silence(during=ms(1))


def test_a_vector_of_its_own_for_each_cause(bench):
    bench.enumerate()
    bench.enable_messages(MSI, 8)
    bench.write("INT_ENABLE", 0x3F)
    bench.write("INT_ROUTING.PER_CAUSE", 1)
    for cause in range(6):
        bench.step(f"cause {cause}")
        bench.write("INT_TEST", 1 << cause)
        bench.expect_message(cause, within=us(10))


def start_dma(bench):
    """A ring of slots, empty; returns them."""
    slots = bench.memory.allocate(SLOT_SIZE * SLOTS)
    bench.write("INT_ENABLE", 1)
    bench.write("DMA_BASE_LO", slots.address & 0xFFFF_FFFF)
    bench.write("DMA_BASE_HI", slots.address >> 32)
    bench.write("DMA_SLOT_SIZE", SLOT_SIZE)
    bench.write("DMA_SLOT_COUNT", SLOTS)
    bench.write("DMA_CONTROL.MODE", 2)
    bench.write("DMA_CONTROL.ENABLE", 1)
    return slots


def test_data_is_whole_when_its_message_arrives(bench):
    bench.enumerate()
    bench.enable_messages(MSI, 1)
    slots = start_dma(bench)
    bench.write("SOURCE_CONTROL", 1)
    bench.expect_message(0, within=ms(200))
    magic, length = struct.unpack_from("<4sI", slots.bytes)
    assert magic == b"CHNK" and length == bench.read("CHUNK_SIZE")
    assert any(slots.bytes[HEADER:HEADER + length])


def test_the_same_plan_is_the_same_run(request, bench):
    bench.close()
    times = []
    for _ in range(2):
        with Bench(request.config.getoption("--pcie")) as again:
            again.enumerate()
            again.enable_messages(MSI, 1)
            start_dma(again)
            again.write("SOURCE_CONTROL", 1)
            times.append([again.next_message(within=ms(200)).at for _ in range(2)])
    assert times[0] == times[1] and times[0][0] < times[0][1]


def test_the_card_reads_host_memory_and_writes_it_back(bench):
    bench.enumerate()
    source = bench.memory.allocate(4096)
    source.bytes[:] = bytes(range(256)) * 16
    slots = start_dma(bench)
    bench.write("H2C_BASE_LO", source.address & 0xFFFF_FFFF)
    bench.write("H2C_BASE_HI", source.address >> 32)
    bench.write("H2C_LENGTH", len(source))
    bench.write("H2C_CONTROL.START", 1)
    bench.expect_memory(slots, bytes(source.bytes), offset=HEADER, within=ms(10))


def test_what_is_wrong_in_memory_is_said_with_its_address(bench):
    buffer = bench.memory.allocate(8)
    with pytest.raises(ExpectationFailed, match=f"host memory {buffer.address + 2:#x}: expected 07 00, holds 00 00"):
        bench.expect_memory(buffer, b"\0\0\x07\0")


def test_a_read_that_nobody_decodes_is_an_unsupported_request(bench):
    bench.enumerate()
    bench.expect_outcome("unsupported request", 0x4000_0000)
    assert bench.read_memory(0x4000_0000).value == 0xFFFF_FFFF


def test_a_failure_says_step_time_and_transactions(bench):
    bench.enumerate()
    bench.step("SCRATCH is looked at")
    with pytest.raises(ExpectationFailed) as failure:
        bench.expect("SCRATCH", 5)
    text = str(failure.value)
    assert text.startswith("SCRATCH: expected 0x5, read 0x0\n  step: SCRATCH is looked at\n  at 00:00:00.0000")
    assert text.splitlines()[-1].endswith("00000000 SCRATCH") and "host   MRd 0xc0000008 4 B tag" in text


def test_names_of_ones_own_are_those_of_a_module(bench):
    bench.registers = RegisterMap({"MINE": (0, 0x008, 32, 0, {"LOW": (0, 8, "RW"), "NEXT": (8, 8, "RW")})})
    bench.enumerate()
    bench.write("MINE.NEXT", 0x12)
    bench.write("MINE.LOW", 0x34)
    assert bench.read("MINE") == 0x1234
    with pytest.raises(NotApplicable, match="there is no register or field 'MINE.HIGH'; there are LOW, NEXT"):
        bench.read("MINE.HIGH")
    with pytest.raises(ValueError, match="0x100 does not fit into 8 bits"):
        bench.write("MINE.LOW", 0x100)
