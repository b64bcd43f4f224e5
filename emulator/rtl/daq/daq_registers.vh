// Registers of daq
`ifndef DAQ_REGISTERS_VH
`define DAQ_REGISTERS_VH

// BAR 0: bar0

// 32 bits: What card this is
`define DAQ_ID 'h000
`define DAQ_ID_RESET 32'h44415131
`define DAQ_ID_MAGIC 31:0 // RO: "DAQ1"

// 32 bits: Version of this register map
`define DAQ_VERSION 'h004
`define DAQ_VERSION_RESET 32'h10001
`define DAQ_VERSION_MINOR 15:0 // RO: raised by additions
`define DAQ_VERSION_MAJOR 31:16 // RO: raised by incompatible changes

// 32 bits: For software's own use
`define DAQ_SCRATCH 'h008
`define DAQ_SCRATCH_RESET 32'h0
`define DAQ_SCRATCH_VALUE 31:0 // RW: kept, without effect

// 32 bits: Events since last cleared
`define DAQ_INT_CAUSE 'h020
`define DAQ_INT_CAUSE_RESET 32'h0
`define DAQ_INT_CAUSE_DATA_READY 0 // W1C: a chunk reached host memory
`define DAQ_INT_CAUSE_OVERRUN 1 // W1C: a chunk was overwritten, or dropped because every slot was unread
`define DAQ_INT_CAUSE_DMA_ERROR 2 // W1C: the DMA core could not do what it was told
`define DAQ_INT_CAUSE_FIFO_OVERFLOW 3 // W1C: a chunk was dropped because the FIFO was full
`define DAQ_INT_CAUSE_LINK_ERROR 4 // W1C: a request of the card went wrong on the link
`define DAQ_INT_CAUSE_TEST 5 // W1C: raised by INT_TEST only

// 32 bits: Which causes may send messages
`define DAQ_INT_ENABLE 'h024
`define DAQ_INT_ENABLE_RESET 32'h0
`define DAQ_INT_ENABLE_DATA_READY 0 // RW: a chunk reached host memory
`define DAQ_INT_ENABLE_OVERRUN 1 // RW: a chunk was overwritten, or dropped because every slot was unread
`define DAQ_INT_ENABLE_DMA_ERROR 2 // RW: the DMA core could not do what it was told
`define DAQ_INT_ENABLE_FIFO_OVERFLOW 3 // RW: a chunk was dropped because the FIFO was full
`define DAQ_INT_ENABLE_LINK_ERROR 4 // RW: a request of the card went wrong on the link
`define DAQ_INT_ENABLE_TEST 5 // RW: raised by INT_TEST only

// 32 bits: Which vector a cause goes to
`define DAQ_INT_ROUTING 'h028
`define DAQ_INT_ROUTING_RESET 32'h0
`define DAQ_INT_ROUTING_PER_CAUSE 0 // RW: 0: every cause on vector 0; 1: by VECTOR_MAP, folded to the messages granted

// 32 bits: When a message is sent, and when again
`define DAQ_INT_POLICY 'h02C
`define DAQ_INT_POLICY_RESET 32'h0
`define DAQ_INT_POLICY_POLICY 2:0 // RW: 0 per event, 1 on non-zero, 2 auto-mask, 3 auto-mask lossy, 4 level; others are refused

// 32 bits: Unmasks vectors that their own message masked
`define DAQ_INT_REARM 'h030
`define DAQ_INT_REARM_RESET 32'h0
`define DAQ_INT_REARM_VECTORS 31:0 // WO: a bit per vector

// 32 bits: Raises causes by software
`define DAQ_INT_TEST 'h034
`define DAQ_INT_TEST_RESET 32'h0
`define DAQ_INT_TEST_DATA_READY 0 // WO: a chunk reached host memory
`define DAQ_INT_TEST_OVERRUN 1 // WO: a chunk was overwritten, or dropped because every slot was unread
`define DAQ_INT_TEST_DMA_ERROR 2 // WO: the DMA core could not do what it was told
`define DAQ_INT_TEST_FIFO_OVERFLOW 3 // WO: a chunk was dropped because the FIFO was full
`define DAQ_INT_TEST_LINK_ERROR 4 // WO: a request of the card went wrong on the link
`define DAQ_INT_TEST_TEST 5 // WO: raised by INT_TEST only

// 32 bits: Vectors that their own message masked
`define DAQ_INT_MASKED 'h038
`define DAQ_INT_MASKED_RESET 32'h0
`define DAQ_INT_MASKED_VECTORS 31:0 // RO: a bit per vector

// 32 bits: Vector of a cause, while INT_ROUTING says per cause
`define DAQ_VECTOR_MAP0 'h040
`define DAQ_VECTOR_MAP0_RESET 32'h3020100
`define DAQ_VECTOR_MAP0_DATA_READY 4:0 // RW: 0 to 31, taken modulo the messages granted
`define DAQ_VECTOR_MAP0_OVERRUN 12:8 // RW: 0 to 31, taken modulo the messages granted
`define DAQ_VECTOR_MAP0_DMA_ERROR 20:16 // RW: 0 to 31, taken modulo the messages granted
`define DAQ_VECTOR_MAP0_FIFO_OVERFLOW 28:24 // RW: 0 to 31, taken modulo the messages granted

// 32 bits: Vector of a cause, while INT_ROUTING says per cause
`define DAQ_VECTOR_MAP1 'h044
`define DAQ_VECTOR_MAP1_RESET 32'h504
`define DAQ_VECTOR_MAP1_LINK_ERROR 4:0 // RW: 0 to 31, taken modulo the messages granted
`define DAQ_VECTOR_MAP1_TEST 12:8 // RW: 0 to 31, taken modulo the messages granted

// 32 bits: Causes raised; since reset, bits 31..0
`define DAQ_INT_RAISED_LO 'h050
`define DAQ_INT_RAISED_LO_RESET 32'h0
`define DAQ_INT_RAISED_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: Causes raised; since reset, bits 63..32
`define DAQ_INT_RAISED_HI 'h054
`define DAQ_INT_RAISED_HI_RESET 32'h0
`define DAQ_INT_RAISED_HI_COUNT 31:0 // RO: as latched

// 32 bits: Messages sent; since reset, bits 31..0
`define DAQ_INT_SENT_LO 'h058
`define DAQ_INT_SENT_LO_RESET 32'h0
`define DAQ_INT_SENT_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: Messages sent; since reset, bits 63..32
`define DAQ_INT_SENT_HI 'h05C
`define DAQ_INT_SENT_HI_RESET 32'h0
`define DAQ_INT_SENT_HI_COUNT 31:0 // RO: as latched

// 32 bits: Raises held back: cause not enabled, message masked, or MSI or bus mastering off; since reset, bits 31..0
`define DAQ_INT_HELD_LO 'h060
`define DAQ_INT_HELD_LO_RESET 32'h0
`define DAQ_INT_HELD_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: Raises held back: cause not enabled, message masked, or MSI or bus mastering off; since reset, bits 63..32
`define DAQ_INT_HELD_HI 'h064
`define DAQ_INT_HELD_HI_RESET 32'h0
`define DAQ_INT_HELD_HI_COUNT 31:0 // RO: as latched

// 32 bits: Raises that sent nothing because the same was pending already; since reset, bits 31..0
`define DAQ_INT_COLLAPSED_LO 'h068
`define DAQ_INT_COLLAPSED_LO_RESET 32'h0
`define DAQ_INT_COLLAPSED_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: Raises that sent nothing because the same was pending already; since reset, bits 63..32
`define DAQ_INT_COLLAPSED_HI 'h06C
`define DAQ_INT_COLLAPSED_HI_RESET 32'h0
`define DAQ_INT_COLLAPSED_HI_COUNT 31:0 // RO: as latched

// 32 bits: When raises on vector 0 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION0 'h080
`define DAQ_INT_MODERATION0_RESET 32'h0
`define DAQ_INT_MODERATION0_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION0_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 1 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION1 'h084
`define DAQ_INT_MODERATION1_RESET 32'h0
`define DAQ_INT_MODERATION1_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION1_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 2 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION2 'h088
`define DAQ_INT_MODERATION2_RESET 32'h0
`define DAQ_INT_MODERATION2_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION2_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 3 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION3 'h08C
`define DAQ_INT_MODERATION3_RESET 32'h0
`define DAQ_INT_MODERATION3_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION3_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 4 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION4 'h090
`define DAQ_INT_MODERATION4_RESET 32'h0
`define DAQ_INT_MODERATION4_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION4_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 5 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION5 'h094
`define DAQ_INT_MODERATION5_RESET 32'h0
`define DAQ_INT_MODERATION5_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION5_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 6 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION6 'h098
`define DAQ_INT_MODERATION6_RESET 32'h0
`define DAQ_INT_MODERATION6_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION6_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 7 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION7 'h09C
`define DAQ_INT_MODERATION7_RESET 32'h0
`define DAQ_INT_MODERATION7_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION7_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 8 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION8 'h0A0
`define DAQ_INT_MODERATION8_RESET 32'h0
`define DAQ_INT_MODERATION8_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION8_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 9 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION9 'h0A4
`define DAQ_INT_MODERATION9_RESET 32'h0
`define DAQ_INT_MODERATION9_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION9_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 10 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION10 'h0A8
`define DAQ_INT_MODERATION10_RESET 32'h0
`define DAQ_INT_MODERATION10_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION10_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 11 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION11 'h0AC
`define DAQ_INT_MODERATION11_RESET 32'h0
`define DAQ_INT_MODERATION11_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION11_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 12 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION12 'h0B0
`define DAQ_INT_MODERATION12_RESET 32'h0
`define DAQ_INT_MODERATION12_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION12_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 13 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION13 'h0B4
`define DAQ_INT_MODERATION13_RESET 32'h0
`define DAQ_INT_MODERATION13_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION13_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 14 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION14 'h0B8
`define DAQ_INT_MODERATION14_RESET 32'h0
`define DAQ_INT_MODERATION14_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION14_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 15 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION15 'h0BC
`define DAQ_INT_MODERATION15_RESET 32'h0
`define DAQ_INT_MODERATION15_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION15_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 16 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION16 'h0C0
`define DAQ_INT_MODERATION16_RESET 32'h0
`define DAQ_INT_MODERATION16_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION16_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 17 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION17 'h0C4
`define DAQ_INT_MODERATION17_RESET 32'h0
`define DAQ_INT_MODERATION17_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION17_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 18 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION18 'h0C8
`define DAQ_INT_MODERATION18_RESET 32'h0
`define DAQ_INT_MODERATION18_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION18_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 19 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION19 'h0CC
`define DAQ_INT_MODERATION19_RESET 32'h0
`define DAQ_INT_MODERATION19_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION19_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 20 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION20 'h0D0
`define DAQ_INT_MODERATION20_RESET 32'h0
`define DAQ_INT_MODERATION20_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION20_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 21 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION21 'h0D4
`define DAQ_INT_MODERATION21_RESET 32'h0
`define DAQ_INT_MODERATION21_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION21_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 22 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION22 'h0D8
`define DAQ_INT_MODERATION22_RESET 32'h0
`define DAQ_INT_MODERATION22_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION22_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 23 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION23 'h0DC
`define DAQ_INT_MODERATION23_RESET 32'h0
`define DAQ_INT_MODERATION23_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION23_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 24 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION24 'h0E0
`define DAQ_INT_MODERATION24_RESET 32'h0
`define DAQ_INT_MODERATION24_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION24_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 25 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION25 'h0E4
`define DAQ_INT_MODERATION25_RESET 32'h0
`define DAQ_INT_MODERATION25_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION25_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 26 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION26 'h0E8
`define DAQ_INT_MODERATION26_RESET 32'h0
`define DAQ_INT_MODERATION26_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION26_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 27 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION27 'h0EC
`define DAQ_INT_MODERATION27_RESET 32'h0
`define DAQ_INT_MODERATION27_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION27_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 28 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION28 'h0F0
`define DAQ_INT_MODERATION28_RESET 32'h0
`define DAQ_INT_MODERATION28_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION28_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 29 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION29 'h0F4
`define DAQ_INT_MODERATION29_RESET 32'h0
`define DAQ_INT_MODERATION29_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION29_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 30 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION30 'h0F8
`define DAQ_INT_MODERATION30_RESET 32'h0
`define DAQ_INT_MODERATION30_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION30_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: When raises on vector 31 are passed on, one for all: after COUNT or MICROSECONDS, whichever is first
`define DAQ_INT_MODERATION31 'h0FC
`define DAQ_INT_MODERATION31_RESET 32'h0
`define DAQ_INT_MODERATION31_COUNT 7:0 // RW: raises; 0 or 1 with MICROSECONDS 0: each at once
`define DAQ_INT_MODERATION31_MICROSECONDS 31:16 // RW: time after the first raise; 0: COUNT alone decides

// 32 bits: Starts and stops the DMA core; the other fields count when ENABLE goes from 0 to 1
`define DAQ_DMA_CONTROL 'h100
`define DAQ_DMA_CONTROL_RESET 32'h0
`define DAQ_DMA_CONTROL_ENABLE 0 // RW: setting it begins at slot 0 with head and tail 0; cleared by the card if the set-up is impossible
`define DAQ_DMA_CONTROL_MODE 2:1 // RW: 0 one buffer, 1 ping-pong, 2 ring, 3 scatter-gather
`define DAQ_DMA_CONTROL_WHEN_FULL 4:3 // RW: 0: the oldest chunk is overwritten; 1: the new one is dropped; 2: it waits in the FIFO until DMA_TAIL moves

// 32 bits: What the DMA core is doing
`define DAQ_DMA_STATUS 'h104
`define DAQ_DMA_STATUS_RESET 32'h0
`define DAQ_DMA_STATUS_BUSY 0 // RO: a transfer is running
`define DAQ_DMA_STATUS_HOLDING 1 // RO: a chunk waits in the FIFO: for the transfer to end, or for a slot
`define DAQ_DMA_STATUS_SOURCE_ENDED 2 // RO: the source has no more chunks
`define DAQ_DMA_STATUS_LIST_ENDED 3 // RO: scatter-gather: a descriptor named no next one, and all before are used
`define DAQ_DMA_STATUS_FAILED 4 // RO: scatter-gather: DMA_ERROR says why it stopped; setting ENABLE anew begins anew
`define DAQ_DMA_STATUS_SOURCE_RUNNING 5 // RO: the source makes chunks; by the wall clock also those that were due when it was stopped
`define DAQ_DMA_STATUS_SOURCE_FINITE 6 // RO: the source has an end

// 32 bits: Bus address of slot 0, or of the first descriptor, bits 31..0
`define DAQ_DMA_BASE_LO 'h108
`define DAQ_DMA_BASE_LO_RESET 32'h0
`define DAQ_DMA_BASE_LO_ALIGNMENT 1:0 // RO: zero: DW-aligned
`define DAQ_DMA_BASE_LO_ADDRESS 31:2 // RW: bus address

// 32 bits: Bus address of slot 0, or of the first descriptor, bits 63..32
`define DAQ_DMA_BASE_HI 'h10C
`define DAQ_DMA_BASE_HI_RESET 32'h0
`define DAQ_DMA_BASE_HI_ADDRESS 31:0 // RW: bus address

// 32 bits: Distance of two slots
`define DAQ_DMA_SLOT_SIZE 'h110
`define DAQ_DMA_SLOT_SIZE_RESET 32'h0
`define DAQ_DMA_SLOT_SIZE_ALIGNMENT 1:0 // RO: zero: DW-aligned
`define DAQ_DMA_SLOT_SIZE_BYTES 31:2 // RW: bytes, in steps of 4: a chunk header of 32 and CHUNK_SIZE at the least

// 32 bits: Slots of a ring, or places that descriptors name
`define DAQ_DMA_SLOT_COUNT 'h114
`define DAQ_DMA_SLOT_COUNT_RESET 32'h0
`define DAQ_DMA_SLOT_COUNT_SLOTS 31:0 // RW: 1 to MAX_SLOTS

// 32 bits: Producer index
`define DAQ_DMA_HEAD 'h118
`define DAQ_DMA_HEAD_RESET 32'h0
`define DAQ_DMA_HEAD_CHUNKS 31:0 // RO: chunks written since ENABLE, modulo 2^32

// 32 bits: Consumer index
`define DAQ_DMA_TAIL 'h11C
`define DAQ_DMA_TAIL_RESET 32'h0
`define DAQ_DMA_TAIL_CHUNKS 31:0 // RW: chunks consumed since ENABLE, modulo 2^32; going back, or beyond DMA_HEAD, is refused

// 32 bits: Bus address of the status block, bits 31..0
`define DAQ_STATUS_BASE_LO 'h120
`define DAQ_STATUS_BASE_LO_RESET 32'h0
`define DAQ_STATUS_BASE_LO_ENABLE 0 // RW: a status block is written before each message
`define DAQ_STATUS_BASE_LO_ADDRESS 31:2 // RW: bus address

// 32 bits: Bus address of the status block, bits 63..32
`define DAQ_STATUS_BASE_HI 'h124
`define DAQ_STATUS_BASE_HI_RESET 32'h0
`define DAQ_STATUS_BASE_HI_ADDRESS 31:0 // RW: bus address

// 32 bits: Longest ring
`define DAQ_MAX_SLOTS 'h128
`define DAQ_MAX_SLOTS_RESET 32'h400
`define DAQ_MAX_SLOTS_SLOTS 31:0 // RO: slots

// 32 bits: Why scatter-gather stopped
`define DAQ_DMA_ERROR 'h12C
`define DAQ_DMA_ERROR_RESET 32'h0
`define DAQ_DMA_ERROR_CODE 7:0 // RO: 0 it has not, 1 descriptor not owned, 2 of no bytes, 3 misaligned, 4 too small for a chunk, 5 place unfinished, 6 unsupported request, 7 completer abort, 8 bus mastering off

// 32 bits: The descriptor that was wrong, bits 31..0
`define DAQ_DMA_ERROR_ADDRESS_LO 'h130
`define DAQ_DMA_ERROR_ADDRESS_LO_RESET 32'h0
`define DAQ_DMA_ERROR_ADDRESS_LO_ADDRESS 31:0 // RO: bus address; 0 while DMA_ERROR is 0

// 32 bits: The descriptor that was wrong, bits 63..32
`define DAQ_DMA_ERROR_ADDRESS_HI 'h134
`define DAQ_DMA_ERROR_ADDRESS_HI_RESET 32'h0
`define DAQ_DMA_ERROR_ADDRESS_HI_ADDRESS 31:0 // RO: bus address; 0 while DMA_ERROR is 0

// 32 bits: Starts and stops the data source
`define DAQ_SOURCE_CONTROL 'h140
`define DAQ_SOURCE_CONTROL_RESET 32'h0
`define DAQ_SOURCE_CONTROL_RUN 0 // RW: the source produces chunks

// 32 bits: Largest payload of a chunk
`define DAQ_CHUNK_SIZE 'h144
`define DAQ_CHUNK_SIZE_RESET 32'h1000
`define DAQ_CHUNK_SIZE_BYTES 31:0 // RO: bytes

// 32 bits: Depth of the FIFO
`define DAQ_FIFO_CHUNKS 'h148
`define DAQ_FIFO_CHUNKS_RESET 32'h1
`define DAQ_FIFO_CHUNKS_CHUNKS 31:0 // RO: chunks, besides the one in transfer

// 32 bits: How full the FIFO is
`define DAQ_FIFO_LEVEL 'h14C
`define DAQ_FIFO_LEVEL_RESET 32'h0
`define DAQ_FIFO_LEVEL_CHUNKS 31:0 // RO: chunks that wait for a transfer

// 32 bits: Chunks that the source produced; since reset, bits 31..0
`define DAQ_CHUNKS_PRODUCED_LO 'h180
`define DAQ_CHUNKS_PRODUCED_LO_RESET 32'h0
`define DAQ_CHUNKS_PRODUCED_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: Chunks that the source produced; since reset, bits 63..32
`define DAQ_CHUNKS_PRODUCED_HI 'h184
`define DAQ_CHUNKS_PRODUCED_HI_RESET 32'h0
`define DAQ_CHUNKS_PRODUCED_HI_COUNT 31:0 // RO: as latched

// 32 bits: Chunks written to host memory; since reset, bits 31..0
`define DAQ_CHUNKS_WRITTEN_LO 'h188
`define DAQ_CHUNKS_WRITTEN_LO_RESET 32'h0
`define DAQ_CHUNKS_WRITTEN_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: Chunks written to host memory; since reset, bits 63..32
`define DAQ_CHUNKS_WRITTEN_HI 'h18C
`define DAQ_CHUNKS_WRITTEN_HI_RESET 32'h0
`define DAQ_CHUNKS_WRITTEN_HI_COUNT 31:0 // RO: as latched

// 32 bits: Written chunks that were overwritten unconsumed; since reset, bits 31..0
`define DAQ_CHUNKS_OVERWRITTEN_LO 'h190
`define DAQ_CHUNKS_OVERWRITTEN_LO_RESET 32'h0
`define DAQ_CHUNKS_OVERWRITTEN_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: Written chunks that were overwritten unconsumed; since reset, bits 63..32
`define DAQ_CHUNKS_OVERWRITTEN_HI 'h194
`define DAQ_CHUNKS_OVERWRITTEN_HI_RESET 32'h0
`define DAQ_CHUNKS_OVERWRITTEN_HI_COUNT 31:0 // RO: as latched

// 32 bits: Chunks that never reached host memory; since reset, bits 31..0
`define DAQ_CHUNKS_DROPPED_LO 'h198
`define DAQ_CHUNKS_DROPPED_LO_RESET 32'h0
`define DAQ_CHUNKS_DROPPED_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: Chunks that never reached host memory; since reset, bits 63..32
`define DAQ_CHUNKS_DROPPED_HI 'h19C
`define DAQ_CHUNKS_DROPPED_HI_RESET 32'h0
`define DAQ_CHUNKS_DROPPED_HI_COUNT 31:0 // RO: as latched

// 32 bits: TLPs that the bus would have carried for chunks, split at 4 KiB and at Max_Payload_Size; since reset, bits 31..0
`define DAQ_DMA_TLPS_LO 'h1A0
`define DAQ_DMA_TLPS_LO_RESET 32'h0
`define DAQ_DMA_TLPS_LO_COUNT 31:0 // RO: reading it latches the high half

// 32 bits: TLPs that the bus would have carried for chunks, split at 4 KiB and at Max_Payload_Size; since reset, bits 63..32
`define DAQ_DMA_TLPS_HI 'h1A4
`define DAQ_DMA_TLPS_HI_RESET 32'h0
`define DAQ_DMA_TLPS_HI_COUNT 31:0 // RO: as latched

// 32 bits: Starts and stops the reading of host memory, which comes back as chunks
`define DAQ_H2C_CONTROL 'h1C0
`define DAQ_H2C_CONTROL_RESET 32'h0
`define DAQ_H2C_CONTROL_START 0 // WO: reads H2C_LENGTH bytes from H2C_BASE on; refused while BUSY, or if that is nothing
`define DAQ_H2C_CONTROL_ABORT 1 // WO: stops; what was read of a chunk is forgotten, and answers under way are ignored

// 32 bits: What became of it
`define DAQ_H2C_STATUS 'h1C4
`define DAQ_H2C_STATUS_RESET 32'h0
`define DAQ_H2C_STATUS_BUSY 0 // RO: host memory is being read, or waits for room in the FIFO
`define DAQ_H2C_STATUS_DONE 1 // RO: everything has been handed on
`define DAQ_H2C_STATUS_ERROR 15:8 // RO: why it stopped: 0 it has not, 6 unsupported request, 7 completer abort, 8 bus mastering off

// 32 bits: Bus address to read from, bits 31..0
`define DAQ_H2C_BASE_LO 'h1C8
`define DAQ_H2C_BASE_LO_RESET 32'h0
`define DAQ_H2C_BASE_LO_ALIGNMENT 1:0 // RO: zero: DW-aligned
`define DAQ_H2C_BASE_LO_ADDRESS 31:2 // RW: bus address

// 32 bits: Bus address to read from, bits 63..32
`define DAQ_H2C_BASE_HI 'h1CC
`define DAQ_H2C_BASE_HI_RESET 32'h0
`define DAQ_H2C_BASE_HI_ADDRESS 31:0 // RW: bus address

// 32 bits: How much to read
`define DAQ_H2C_LENGTH 'h1D0
`define DAQ_H2C_LENGTH_RESET 32'h0
`define DAQ_H2C_LENGTH_ALIGNMENT 1:0 // RO: zero: whole DWs
`define DAQ_H2C_LENGTH_BYTES 31:2 // RW: bytes, in steps of 4; they come back in chunks of CHUNK_SIZE, rounded down to a DW

`endif
