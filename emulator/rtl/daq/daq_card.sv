// The data-acquisition card in Verilog: the registers and the behaviour of docs/registers.md, for the other side of a vendor's block. One sequencer
// does one thing after the other, a write of a register or an event with all that follows of it, so that nothing is seen half done; payload is moved
// beside it. Made for simulation first: the payload memory is read without a cycle in between.
`include "daq_registers.vh"

module daq_card #(
    parameter BUFFERS = 64,      // chunks in the card at once: FIFO and three more
    parameter WORDS = 1 << 16,   // of 64 bits, for all payloads
    parameter SLOTS = 1024       // longest ring
) (
    input logic clk, input logic rst,

    // How the card is built: constant.
    input logic [31:0] cfg_chunk_bytes, input logic [6:0] cfg_fifo_chunks, input logic [31:0] cfg_max_slots, input logic cfg_header_only,
    input logic [1:0] cfg_when_full, input logic [2:0] cfg_rearm,
    input logic [63:0] cfg_cycles_per_byte, // 32 bits behind the point
    input logic [6:0] cfg_tlp_overhead, input logic [15:0] cfg_cycles_per_us,

    // What the vendor's block shows of configuration space.
    input logic [12:0] cfg_max_payload, input logic [12:0] cfg_max_read_request, input logic [11:0] cfg_messages_granted,
    input logic [63:0] cfg_messages_sent, input logic [63:0] cfg_messages_changes,

    // When something last came from outside, a trigger for one: in nanoseconds, as a clock in the chassis gives it.
    input logic [63:0] time_ns,

    // A pulse for each chunk, while the source runs.
    input logic trigger, output logic source_running,

    input logic [11:0] s_axil_awaddr, input logic s_axil_awvalid, output logic s_axil_awready,
    input logic [31:0] s_axil_wdata, input logic [3:0] s_axil_wstrb, input logic s_axil_wvalid, output logic s_axil_wready,
    output logic [1:0] s_axil_bresp, output logic s_axil_bvalid, input logic s_axil_bready,
    input logic [11:0] s_axil_araddr, input logic s_axil_arvalid, output logic s_axil_arready,
    output logic [31:0] s_axil_rdata, output logic [1:0] s_axil_rresp, output logic s_axil_rvalid, input logic s_axil_rready,

    output logic [63:0] m_axi_awaddr, output logic [7:0] m_axi_awlen, output logic [2:0] m_axi_awsize, output logic [1:0] m_axi_awburst,
    output logic m_axi_awvalid, input logic m_axi_awready,
    output logic [63:0] m_axi_wdata, output logic [7:0] m_axi_wstrb, output logic m_axi_wlast, output logic m_axi_wvalid, input logic m_axi_wready,
    input logic [1:0] m_axi_bresp, input logic m_axi_bvalid, output logic m_axi_bready,
    output logic [63:0] m_axi_araddr, output logic [7:0] m_axi_arlen, output logic [2:0] m_axi_arsize, output logic [1:0] m_axi_arburst,
    output logic m_axi_arvalid, input logic m_axi_arready,
    input logic [63:0] m_axi_rdata, input logic [1:0] m_axi_rresp, input logic [2:0] m_axi_ruser, input logic m_axi_rlast,
    input logic m_axi_rvalid, output logic m_axi_rready,

    // A message of MSI or MSI-X, and what became of it.
    output logic msg_valid, output logic [4:0] msg_vector, input logic msg_ready, input logic [1:0] msg_outcome,

    output logic [63:0] stat_produced, output logic [63:0] stat_written, output logic [63:0] stat_overwritten, output logic [63:0] stat_dropped,
    output logic [63:0] stat_in_card, output logic [63:0] stat_tlps,
    output logic [63:0] stat_raised, output logic [63:0] stat_masked, output logic [63:0] stat_collapsed, output logic [63:0] stat_resent
);
    localparam CAUSES = 6, VECTORS = 32, PIECES = 16, HEADER = 32;
    localparam DATA_READY = 0, OVERRUN = 1, DMA_ERROR = 2, FIFO_OVERFLOW = 3;
    localparam PER_EVENT = 0, ON_NON_ZERO = 1, AUTO_MASK = 2, AUTO_MASK_LOSSY = 3;
    localparam OVERWRITE = 0, DROP = 1, HOLD_BACK = 2;
    localparam SENT = 0, PENDING = 1, COLLAPSED = 2, LOST = 3;
    localparam NOT_OWNED = 1, ZERO_LENGTH = 2, MISALIGNED = 3, TOO_SMALL = 4, UNFINISHED = 5, NOT_MASTER = 8, READ_ERRORS = 5;

    typedef enum logic [5:0] {
        IDLE, WRITE, RAISE, RAISED, RAISE_MANY, EXPIRE, DECIDE, PUBLISH, PUBLISHING, MESSAGE, SENDING, ROUTE, ROUTED,
        OFFER, OFFERED, START, COUNT, STARTED, HEADING, WRITE_BACK, WRITING_BACK, WRITTEN, TRANSFER_FAILED, WAITING, DESCRIBED, DELIVER
    } state_t;
    typedef enum logic [2:0] { T_RAISED, T_RELEASED, T_REROUTED, T_ENABLED, T_CAUSE_WRITTEN, T_REARMED, T_SET_UP } trigger_t;

    // Where each subroutine goes on.
    state_t state, after_raise, after_decide, after_publish, after_start;

    // Registers.
    logic [31:0] scratch, slot_size, slot_count, tail_register, h2c_length;
    logic [CAUSES-1:0] causes, enable;
    logic per_cause, run;
    logic [2:0] policy;
    logic [VECTORS-1:0] self_masked;
    logic [31:0] vector_map [2];
    logic [31:0] moderation [VECTORS];
    logic [4:0] control;
    logic [63:0] memory, status_base, h2c_base;
    logic [31:0] latched [16];

    // Since power-on; registers count since the last reset.
    logic [63:0] at_reset [8];
    initial {stat_produced, stat_written, stat_overwritten, stat_dropped, stat_tlps, stat_raised, stat_masked, stat_collapsed, stat_resent} = 0;

    // Interrupts.
    logic [VECTORS-1:0] active, owed, gathering, expired, todo;
    logic [4:0] vector_of [CAUSES];
    logic [CAUSES-1:0] gathered [VECTORS];
    logic [7:0] gathered_count [VECTORS];
    logic [2:0] gathered_first [VECTORS];
    logic [31:0] gathered_for [VECTORS];
    logic [2:0] cause;
    logic [CAUSES-1:0] fresh, raise_many, rerouted, rerouted_first;
    logic [4:0] vector;
    trigger_t why;
    logic [63:0] changes_seen, update;

    // DMA.
    logic enabled, scatters, busy, transfer_counted, was_full;
    logic [1:0] when_full;
    logic [63:0] slots, head, tail, last_sequence, slot_address;
    logic [31:0] slot_step, slot;
    logic [63:0] set_up_base;
    logic [SLOTS-1:0] occupied;
    logic [63:0] age, transfer_cycles;
    logic [31:0] tlps, count_bytes, count_left;
    logic [63:0] count_at;
    logic [4:0] count_piece;
    logic count_header;

    // The place of the chunk in transfer, and of the next one.
    logic place, writer_start;
    logic [63:0] piece_at [2][PIECES], piece_address [2][PIECES];
    logic [31:0] piece_length [2][PIECES], piece_flags [2][PIECES];
    logic [4:0] pieces [2], written_back;
    logic place_interrupts [2];
    logic [31:0] filled;

    // Descriptors.
    logic fetching, reading_descriptor, place_ready, descriptor_start, descriptor_stop, described;
    logic [63:0] next_descriptor, fetched, fetch_limit;
    logic [31:0] place_bytes;
    logic [3:0] descriptor_error_code;

    // Chunks: buffers change hands, and are never copied.
    logic [31:0] payload_even [WORDS], payload_odd [WORDS];
    logic [63:0] chunk_sequence [BUFFERS], chunk_time [BUFFERS];
    logic [31:0] chunk_length [BUFFERS], chunk_checksum [BUFFERS];
    logic [5:0] fifo [BUFFERS], fifo_first, transfer, next_chunk, h2c_chunk, offered, returned;
    logic [6:0] fifo_level;
    logic [63:0] sequence_number;
    logic offered_by_source;

    // The source.
    logic filling, next_ready;
    logic [31:0] fill_at, fill_checksum;
    logic [63:0] stream_at, pending_time;
    logic [15:0] pending;

    // Host to card.
    logic h2c_busy, h2c_done, h2c_whole, block_start, block_stop;
    logic [7:0] h2c_error;
    logic [63:0] h2c_at;
    logic [31:0] h2c_left, h2c_bytes, h2c_checksum;

    logic short_request;
    logic [63:0] short_address;
    logic [5:0] short_bytes;
    logic [255:0] short_data;

    logic [11:0] written_to;
    logic [31:0] write_data, write_mask;

    function automatic logic [31:0] crc32c(logic [31:0] checksum, logic [63:0] data, logic [3:0] bytes);
        logic [31:0] c = checksum;
        for (int i = 0; i < 8; i++)
            if (i < int'(bytes)) begin
                c ^= {24'b0, data[i * 8 +: 8]};
                for (int b = 0; b < 8; b++) c = c[0] ? (c >> 1) ^ 32'h82F63B78 : c >> 1;
            end
        return c;
    endfunction

    function automatic logic [4:0] lowest(logic [VECTORS-1:0] bits);
        for (int i = 0; i < VECTORS; i++) if (bits[i]) return 5'(i);
        return 0;
    endfunction

    wire [31:0] chunk_words = (cfg_chunk_bytes + 7) >> 3;
    wire [31:0] slot_bytes = HEADER + (cfg_chunk_bytes + 3 & ~32'd3);
    wire [31:0] h2c_longest = cfg_chunk_bytes & ~32'd3;

    wire failed = scatters && descriptor_error_code != 0;
    wire ended = fetching && next_descriptor == 0 && !place_ready;
    wire full = head - tail >= slots || scatters && ended;
    wire must_wait = enabled && !failed && (full ? when_full == HOLD_BACK : scatters && !place_ready);
    wire transferred = busy && transfer_counted && !writer_busy && !writer_start && (writer_failed || age >= transfer_cycles);

    logic [VECTORS-1:0] used;
    logic [CAUSES-1:0] causes_of_vector;
    always_comb begin
        used = 0;
        for (int i = 0; i < CAUSES; i++) begin
            used[vector_of[i]] = 1;
            causes_of_vector[i] = vector_of[i] == lowest(todo);
        end
    end

    // The data of a slot by position, from its invalid header on.
    wire [31:0] position;
    wire [31:0] first_dw = position / 4 - 8, second_dw = first_dw + 1;
    wire [31:0] transfer_base = {26'b0, transfer} * chunk_words;
    wire [15:0] even_at = 16'(transfer_base + ((first_dw + 1) >> 1)), odd_at = 16'(transfer_base + (first_dw >> 1));
    wire [31:0] even = payload_even[even_at], odd = payload_odd[odd_at];
    wire [31:0] data_first = position < HEADER ? 0 : first_dw[0] ? odd : even;
    wire [31:0] data_second = position + 4 < HEADER ? 0 : second_dw[0] ? odd : even;

    wire [4:0] piece;
    wire writer_busy, writer_failed, short_done, short_failed;
    daq_writer writer (
        .clk, .rst, .start(writer_start), .start_bytes(cfg_header_only ? HEADER : HEADER + (chunk_length[transfer] + 3 & ~32'd3)),
        .piece, .piece_address(piece_address[place][piece[3:0]]), .piece_length(piece_length[place][piece[3:0]]),
        .position, .data_first, .data_second, .busy(writer_busy), .failed(writer_failed),
        .short_request, .short_address, .short_bytes, .short_data, .short_done, .short_failed,
        .m_axi_awaddr, .m_axi_awlen, .m_axi_awsize, .m_axi_awburst, .m_axi_awvalid, .m_axi_awready,
        .m_axi_wdata, .m_axi_wstrb, .m_axi_wlast, .m_axi_wvalid, .m_axi_wready, .m_axi_bresp, .m_axi_bvalid, .m_axi_bready);

    wire descriptor_done, block_valid, block_pair, block_done;
    wire [1:0] descriptor_error, block_error;
    wire [255:0] descriptor;
    wire [63:0] block_data;
    wire [31:0] block_position;
    daq_reader reader (
        .clk, .rst, .max_read_request(cfg_max_read_request),
        .descriptor_start, .descriptor_address(next_descriptor), .descriptor_stop, .descriptor_done, .descriptor_error, .descriptor,
        .block_start, .block_address(h2c_at), .block_bytes(h2c_bytes), .block_stop,
        .block_valid, .block_pair, .block_data, .block_position, .block_done, .block_error,
        .m_axi_araddr, .m_axi_arlen, .m_axi_arsize, .m_axi_arburst, .m_axi_arvalid, .m_axi_arready,
        .m_axi_rdata, .m_axi_rresp, .m_axi_ruser, .m_axi_rlast, .m_axi_rvalid, .m_axi_rready);

    wire [63:0] d_address = descriptor[63:0], d_next = descriptor[191:128];
    wire [31:0] d_length = descriptor[95:64], d_flags = descriptor[127:96];
    logic [3:0] d_wrong;
    always_comb begin
        d_wrong = 0;
        if (!d_flags[0]) d_wrong = NOT_OWNED;
        else if (d_length == 0) d_wrong = ZERO_LENGTH;
        else if (d_address[1:0] != 0 || d_length[1:0] != 0 || d_next[4:0] != 0) d_wrong = MISALIGNED;
        else if (pieces[!place] == 0 && d_length < HEADER) d_wrong = TOO_SMALL;
        else if (!d_flags[2] && (d_next == 0 || pieces[!place] == PIECES - 1)) d_wrong = UNFINISHED;
        else if (d_flags[2] && place_bytes + d_length < slot_bytes) d_wrong = TOO_SMALL;
        if (descriptor_error != 0) d_wrong = READ_ERRORS + {2'b0, descriptor_error};
    end

    // What happens next of itself, and what may be asked meanwhile.
    wire source_due = pending != 0 && next_ready;
    wire h2c_due = h2c_whole && fifo_level < cfg_fifo_chunks;
    wire event_due = transferred || described || expired != 0 || changes_seen != cfg_messages_changes || source_due || h2c_due;
    wire takes_write = state == IDLE && !event_due && s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;
    wire takes_read = state == IDLE && !event_due && !takes_write && s_axil_arvalid && !s_axil_rvalid;
    assign s_axil_awready = takes_write, s_axil_wready = takes_write, s_axil_arready = takes_read;
    assign s_axil_bresp = 0, s_axil_rresp = 0, source_running = run;
    assign stat_in_card = 64'(busy) + 64'(fifo_level);

    // A counter's low half; reading it latches the other.
    logic [63:0] counters [8];
    always_comb begin
        counters[0] = stat_raised - at_reset[0];
        counters[1] = cfg_messages_sent - at_reset[1];
        counters[2] = stat_masked - at_reset[2];
        counters[3] = stat_collapsed - at_reset[3];
        counters[4] = stat_produced - at_reset[4];
        counters[5] = stat_written - at_reset[5];
        counters[6] = stat_overwritten - at_reset[6];
        counters[7] = stat_dropped - at_reset[7];
    end
    logic [63:0] tlps_at_reset;
    wire [63:0] tlps_counted = stat_tlps - tlps_at_reset;

    logic [31:0] value;
    always_comb begin
        value = 0;
        case (s_axil_araddr & ~12'd3)
            `DAQ_ID: value = `DAQ_ID_RESET;
            `DAQ_VERSION: value = `DAQ_VERSION_RESET;
            `DAQ_SCRATCH: value = scratch;
            `DAQ_INT_CAUSE: value = 32'(causes);
            `DAQ_INT_ENABLE: value = 32'(enable);
            `DAQ_INT_ROUTING: value = 32'(per_cause);
            `DAQ_INT_POLICY: value = 32'(policy);
            `DAQ_INT_MASKED: value = self_masked;
            `DAQ_VECTOR_MAP0: value = vector_map[0];
            `DAQ_VECTOR_MAP1: value = vector_map[1];
            `DAQ_INT_RAISED_LO: value = counters[0][31:0];
            `DAQ_INT_RAISED_HI: value = latched[0];
            `DAQ_INT_SENT_LO: value = counters[1][31:0];
            `DAQ_INT_SENT_HI: value = latched[1];
            `DAQ_INT_HELD_LO: value = counters[2][31:0];
            `DAQ_INT_HELD_HI: value = latched[2];
            `DAQ_INT_COLLAPSED_LO: value = counters[3][31:0];
            `DAQ_INT_COLLAPSED_HI: value = latched[3];
            `DAQ_DMA_CONTROL: value = 32'(control);
            `DAQ_DMA_STATUS: value = {26'b0, run, failed, ended, 1'b0, fifo_level != 0, busy};
            `DAQ_DMA_BASE_LO: value = memory[31:0];
            `DAQ_DMA_BASE_HI: value = memory[63:32];
            `DAQ_DMA_SLOT_SIZE: value = slot_size;
            `DAQ_DMA_SLOT_COUNT: value = slot_count;
            `DAQ_DMA_HEAD: value = head[31:0];
            `DAQ_DMA_TAIL: value = tail_register;
            `DAQ_STATUS_BASE_LO: value = status_base[31:0];
            `DAQ_STATUS_BASE_HI: value = status_base[63:32];
            `DAQ_MAX_SLOTS: value = cfg_max_slots;
            `DAQ_DMA_ERROR: value = failed ? 32'(descriptor_error_code) : 0;
            `DAQ_DMA_ERROR_ADDRESS_LO: value = failed ? next_descriptor[31:0] : 0;
            `DAQ_DMA_ERROR_ADDRESS_HI: value = failed ? next_descriptor[63:32] : 0;
            `DAQ_SOURCE_CONTROL: value = 32'(run);
            `DAQ_CHUNK_SIZE: value = cfg_chunk_bytes;
            `DAQ_FIFO_CHUNKS: value = 32'(cfg_fifo_chunks);
            `DAQ_FIFO_LEVEL: value = 32'(fifo_level);
            `DAQ_CHUNKS_PRODUCED_LO: value = counters[4][31:0];
            `DAQ_CHUNKS_PRODUCED_HI: value = latched[4];
            `DAQ_CHUNKS_WRITTEN_LO: value = counters[5][31:0];
            `DAQ_CHUNKS_WRITTEN_HI: value = latched[5];
            `DAQ_CHUNKS_OVERWRITTEN_LO: value = counters[6][31:0];
            `DAQ_CHUNKS_OVERWRITTEN_HI: value = latched[6];
            `DAQ_CHUNKS_DROPPED_LO: value = counters[7][31:0];
            `DAQ_CHUNKS_DROPPED_HI: value = latched[7];
            `DAQ_DMA_TLPS_LO: value = tlps_counted[31:0];
            `DAQ_DMA_TLPS_HI: value = latched[8];
            `DAQ_H2C_STATUS: value = {16'b0, h2c_error, 6'b0, h2c_done, h2c_busy};
            `DAQ_H2C_BASE_LO: value = h2c_base[31:0];
            `DAQ_H2C_BASE_HI: value = h2c_base[63:32];
            `DAQ_H2C_LENGTH: value = h2c_length;
            default:
                if (s_axil_araddr >= `DAQ_INT_MODERATION0 && s_axil_araddr < `DAQ_INT_MODERATION0 + 4 * VECTORS)
                    value = moderation[s_axil_araddr[6:2]];
        endcase
    end

    // What a write of DMA_CONTROL would begin with.
    wire [4:0] new_control = control & ~write_mask[4:0] | write_data[4:0] & write_mask[4:0];
    wire [63:0] new_slots = new_control[2:1] == 0 ? 1 : new_control[2:1] == 1 ? 2 : 64'(slot_count);
    wire new_scatters = new_control[2:1] == 3;
    wire impossible = new_control[4:3] == 3 || new_slots == 0 || new_slots > 64'(cfg_max_slots)
        || (new_scatters ? memory[4:0] != 0 || new_control[4:3] == OVERWRITE : slot_size < HEADER + cfg_chunk_bytes);
    wire [31:0] new_tail = tail_register & ~write_mask | write_data & write_mask;
    wire [31:0] ones = write_data & write_mask;

    // A word of the counter that the source is.
    wire [63:0] fill_from = stream_at + {29'b0, fill_at, 3'b0};
    wire [63:0] count_low = fill_from >> 3, count_high = count_low + 1;
    wire [127:0] two_words = {count_high, count_low} >> {fill_from[2:0], 3'b0};
    wire [31:0] fill_left = cfg_chunk_bytes - (fill_at << 3);
    wire [3:0] fill_bytes = fill_left >= 8 ? 8 : fill_left[3:0];
    wire [63:0] fill_word = two_words[63:0] & ~(fill_bytes == 8 ? 64'b0 : ~64'b0 << {fill_bytes[2:0], 3'b0});
    wire [15:0] fill_place = 16'({26'b0, next_chunk} * chunk_words + fill_at);

    wire [15:0] block_place = 16'({26'b0, h2c_chunk} * chunk_words + (block_position >> 3));

    // What this vector would do.
    wire [4:0] decided = lowest(todo);
    wire [CAUSES-1:0] set = causes & enable & causes_of_vector;
    wire is_raise = why == T_RAISED || why == T_RELEASED;
    logic send;
    always_comb begin
        case (policy)
            PER_EVENT: send = why == T_RAISED || why == T_RELEASED || why == T_REROUTED;
            ON_NON_ZERO: send = !active[decided];
            AUTO_MASK: send = !self_masked[decided];
            AUTO_MASK_LOSSY: send = !self_masked[decided] && (fresh & set) != 0;
            default: send = !active[decided] || why == T_CAUSE_WRITTEN || why == T_REARMED;
        endcase
        if (why == T_RELEASED && owed[decided]) send = 1;
        if (set == 0) send = 0;
    end

    wire [31:0] rule = moderation[vector_of[cause]];
    wire moderates = rule[7:0] > 1 || rule[31:16] != 0;

    wire [31:0] to_page = 4096 - {20'b0, count_at[11:0]};
    wire [31:0] in_page = count_left < to_page ? count_left : to_page;
    wire [63:0] counted_bytes = 64'(HEADER) + 64'(chunk_length[transfer]) + 64'(tlps) * 64'(cfg_tlp_overhead);
    wire [63:0] counted_cycles = counted_bytes * cfg_cycles_per_byte + 64'hFFFF_FFFF;

    task automatic raise(int which, state_t then_);
        cause <= 3'(which);
        after_raise <= then_;
        state <= RAISE;
    endtask

    task automatic decide(trigger_t trigger_, logic [CAUSES-1:0] fresh_, logic [VECTORS-1:0] vectors, state_t then_);
        why <= trigger_;
        fresh <= fresh_;
        todo <= vectors;
        after_decide <= then_;
        state <= DECIDE;
    endtask

    task automatic decide_all(trigger_t trigger_, logic [CAUSES-1:0] fresh_);
        // A vector without a cause is not active.
        active <= active & used;
        decide(trigger_, fresh_, used, IDLE);
    endtask

    task automatic release_vector(logic [4:0] v);
        gathering[v] <= 0;
        expired[v] <= 0;
        gathered[v] <= 0;
        gathered_count[v] <= 0;
    endtask

    task automatic stop_descriptors();
        fetching <= 0;
        place_ready <= 0;
        reading_descriptor <= 0;
        described <= 0;
        descriptor_stop <= 1;
        pieces[!place] <= 0;
        place_bytes <= 0;
        place_interrupts[!place] <= 0;
    endtask

    always_ff @(posedge clk) begin
        if (s_axil_bready) s_axil_bvalid <= 0;
        if (s_axil_rready) s_axil_rvalid <= 0;
        {writer_start, descriptor_start, descriptor_stop, block_start, block_stop} <= 0;

        if (trigger && run) begin
            pending <= pending + 1;
            pending_time <= time_ns;
        end

        // The source prepares its next chunk before it is due.
        if (filling) begin
            if (cfg_header_only) begin
                {filling, next_ready} <= 2'b01;
            end else begin
                payload_even[fill_place] <= fill_word[31:0];
                payload_odd[fill_place] <= fill_word[63:32];
                fill_checksum <= crc32c(fill_checksum, fill_word, fill_bytes);
                fill_at <= fill_at + 1;
                if (fill_at + 1 == chunk_words) {filling, next_ready} <= 2'b01;
            end
        end

        if (block_valid && !cfg_header_only) begin
            if (block_pair) {payload_odd[block_place], payload_even[block_place]} <= block_data;
            else if (block_position[2]) payload_odd[block_place] <= block_data[31:0];
            else payload_even[block_place] <= block_data[31:0];
            h2c_checksum <= crc32c(h2c_checksum, block_data, block_pair ? 8 : 4);
        end
        if (block_done && h2c_busy) h2c_whole <= 1;

        if (gathering != 0)
            for (int v = 0; v < VECTORS; v++)
                if (gathering[v] && moderation[v][31:16] != 0) begin
                    gathered_for[v] <= gathered_for[v] - 1;
                    if (gathered_for[v] == 1) expired[v] <= 1;
                end

        if (busy && age < transfer_cycles) age <= age + 1;

        // Descriptors are read one ahead.
        if (fetching && !reading_descriptor && !described && !place_ready && next_descriptor != 0 && fetched != fetch_limit && !descriptor_stop) begin
            reading_descriptor <= 1;
            descriptor_start <= 1;
        end
        if (descriptor_done && reading_descriptor) begin
            reading_descriptor <= 0;
            described <= 1;
        end

        case (state)
            IDLE:
                if (transferred) begin
                    if (writer_failed) state <= TRANSFER_FAILED;
                    else begin
                        short_request <= 1;
                        short_address <= piece_address[place][0];
                        short_bytes <= HEADER;
                        short_data <= {31'b0, cfg_header_only, cfg_header_only ? 32'b0 : chunk_checksum[transfer], chunk_time[transfer],
                            chunk_sequence[transfer], chunk_length[transfer], 32'h4B4E4843};
                        state <= HEADING;
                    end
                end else if (described) state <= DESCRIBED;
                else if (expired != 0) begin
                    vector <= lowest(expired);
                    after_decide <= IDLE;
                    state <= EXPIRE;
                end else if (changes_seen != cfg_messages_changes) begin
                    changes_seen <= cfg_messages_changes;
                    {rerouted, rerouted_first} <= 0;
                    state <= ROUTE;
                end else if (source_due) begin
                    pending <= pending - 16'(!(trigger && run));
                    next_ready <= 0;
                    stream_at <= stream_at + 64'(cfg_chunk_bytes);
                    offered <= next_chunk;
                    offered_by_source <= 1;
                    chunk_length[next_chunk] <= cfg_chunk_bytes;
                    chunk_checksum[next_chunk] <= ~fill_checksum;
                    chunk_time[next_chunk] <= pending_time;
                    chunk_sequence[next_chunk] <= sequence_number;
                    sequence_number <= sequence_number + 1;
                    state <= OFFER;
                end else if (h2c_due) state <= DELIVER;
                else if (takes_write) begin
                    written_to <= s_axil_awaddr & ~12'd3;
                    write_data <= s_axil_wdata;
                    write_mask <= {{8{s_axil_wstrb[3]}}, {8{s_axil_wstrb[2]}}, {8{s_axil_wstrb[1]}}, {8{s_axil_wstrb[0]}}};
                    state <= WRITE;
                end else if (takes_read) begin
                    s_axil_rvalid <= 1;
                    s_axil_rdata <= value;
                    case (s_axil_araddr & ~12'd3)
                        `DAQ_INT_RAISED_LO: latched[0] <= counters[0][63:32];
                        `DAQ_INT_SENT_LO: latched[1] <= counters[1][63:32];
                        `DAQ_INT_HELD_LO: latched[2] <= counters[2][63:32];
                        `DAQ_INT_COLLAPSED_LO: latched[3] <= counters[3][63:32];
                        `DAQ_CHUNKS_PRODUCED_LO: latched[4] <= counters[4][63:32];
                        `DAQ_CHUNKS_WRITTEN_LO: latched[5] <= counters[5][63:32];
                        `DAQ_CHUNKS_OVERWRITTEN_LO: latched[6] <= counters[6][63:32];
                        `DAQ_CHUNKS_DROPPED_LO: latched[7] <= counters[7][63:32];
                        `DAQ_DMA_TLPS_LO: latched[8] <= tlps_counted[63:32];
                        default: ;
                    endcase
                end

            WRITE: begin
                s_axil_bvalid <= 1;
                state <= IDLE;
                case (written_to)
                    `DAQ_SCRATCH: scratch <= scratch & ~write_mask | ones;
                    `DAQ_INT_CAUSE: begin
                        causes <= causes & ~ones[CAUSES-1:0];
                        decide_all(T_CAUSE_WRITTEN, 0);
                    end
                    `DAQ_INT_ENABLE: begin
                        enable <= enable & ~write_mask[CAUSES-1:0] | ones[CAUSES-1:0];
                        decide_all(T_ENABLED, ~enable & ones[CAUSES-1:0]);
                    end
                    `DAQ_INT_ROUTING: begin
                        per_cause <= write_mask[0] ? ones[0] : per_cause;
                        {rerouted, rerouted_first} <= 0;
                        state <= ROUTE;
                    end
                    `DAQ_VECTOR_MAP0, `DAQ_VECTOR_MAP1: begin
                        vector_map[written_to[2]] <= (vector_map[written_to[2]] & ~write_mask | ones)
                            & (written_to[2] ? 32'h0000_1F1F : 32'h1F1F_1F1F);
                        {rerouted, rerouted_first} <= 0;
                        state <= ROUTE;
                    end
                    `DAQ_INT_POLICY:
                        if (write_mask[0] && ones[2:0] <= 4 && ones[2:0] != policy) begin
                            policy <= ones[2:0];
                            {self_masked, active, owed} <= 0;
                            decide(T_SET_UP, 0, used, IDLE);
                        end
                    `DAQ_INT_REARM: begin
                        self_masked <= self_masked & ~ones;
                        decide(T_REARMED, 0, ones & used, IDLE);
                    end
                    `DAQ_INT_TEST: begin
                        raise_many <= ones[CAUSES-1:0];
                        state <= RAISE_MANY;
                    end
                    `DAQ_DMA_CONTROL: begin
                        control <= new_control;
                        if (new_control[0] && !control[0] && impossible) begin
                            control[0] <= 0;
                            raise(DMA_ERROR, IDLE);
                        end else if (new_control[0] && !control[0]) begin
                            enabled <= 1;
                            scatters <= new_scatters;
                            when_full <= new_control[4:3];
                            slots <= new_slots;
                            slot_step <= slot_size;
                            set_up_base <= memory;
                            slot_address <= memory;
                            {slot, head, tail, tail_register, last_sequence} <= 0;
                            occupied <= 0;
                            // Whatever is being read is forgotten.
                            stop_descriptors();
                            if (new_scatters) begin
                                descriptor_error_code <= 0;
                                fetching <= 1;
                                next_descriptor <= memory;
                                fetched <= 0;
                                fetch_limit <= new_slots;
                            end
                        end else if (!new_control[0] && control[0]) begin
                            enabled <= 0;
                            stop_descriptors();
                            stat_dropped <= stat_dropped + stat_in_card;
                            busy <= 0;
                            fifo_level <= 0;
                        end
                    end
                    `DAQ_DMA_BASE_LO: memory[31:2] <= memory[31:2] & ~write_mask[31:2] | ones[31:2];
                    `DAQ_DMA_BASE_HI: memory[63:32] <= memory[63:32] & ~write_mask | ones;
                    `DAQ_DMA_SLOT_SIZE: slot_size[31:2] <= slot_size[31:2] & ~write_mask[31:2] | ones[31:2];
                    `DAQ_DMA_SLOT_COUNT: slot_count <= slot_count & ~write_mask | ones;
                    `DAQ_DMA_TAIL:
                        if (64'(32'(new_tail - tail_register)) <= head - tail) begin
                            tail_register <= new_tail;
                            tail <= tail + 64'(32'(new_tail - tail_register));
                            fetch_limit <= tail + 64'(32'(new_tail - tail_register)) + slots;
                            state <= WAITING;
                        end else raise(DMA_ERROR, IDLE);
                    `DAQ_STATUS_BASE_LO: status_base[31:0] <= (status_base[31:0] & ~write_mask | ones) & ~32'd2;
                    `DAQ_STATUS_BASE_HI: status_base[63:32] <= status_base[63:32] & ~write_mask | ones;
                    `DAQ_SOURCE_CONTROL: run <= write_mask[0] ? ones[0] : run;
                    `DAQ_H2C_CONTROL: begin
                        if (ones[1]) begin
                            {h2c_busy, h2c_done, h2c_whole, h2c_error} <= 0;
                            block_stop <= 1;
                        end
                        if (ones[0]) begin
                            if (h2c_busy && !ones[1] || h2c_length == 0 || h2c_longest == 0) raise(DMA_ERROR, IDLE);
                            else begin
                                {h2c_busy, h2c_done, h2c_error} <= {1'b1, 9'b0};
                                h2c_at <= h2c_base;
                                h2c_left <= h2c_length;
                                h2c_bytes <= h2c_longest < h2c_length ? h2c_longest : h2c_length;
                                h2c_checksum <= '1;
                                block_start <= 1;
                            end
                        end
                    end
                    `DAQ_H2C_BASE_LO: h2c_base[31:2] <= h2c_base[31:2] & ~write_mask[31:2] | ones[31:2];
                    `DAQ_H2C_BASE_HI: h2c_base[63:32] <= h2c_base[63:32] & ~write_mask | ones;
                    `DAQ_H2C_LENGTH: h2c_length[31:2] <= h2c_length[31:2] & ~write_mask[31:2] | ones[31:2];
                    default:
                        if (written_to >= `DAQ_INT_MODERATION0 && written_to < `DAQ_INT_MODERATION0 + 4 * VECTORS) begin
                            moderation[written_to[6:2]] <= (moderation[written_to[6:2]] & ~write_mask | ones) & 32'hFFFF_00FF;
                            // The new rule begins with nothing gathered.
                            if (gathering[written_to[6:2]]
                                && ((moderation[written_to[6:2]] & ~write_mask | ones) & 32'hFFFF_00FF) != moderation[written_to[6:2]]) begin
                                vector <= written_to[6:2];
                                after_decide <= IDLE;
                                state <= EXPIRE;
                            end
                        end
                endcase
            end

            RAISE_MANY:
                if (raise_many == 0) state <= IDLE;
                else begin
                    raise_many <= raise_many & raise_many - 1;
                    raise(int'(lowest(32'(raise_many))), RAISE_MANY);
                end
            RAISE: begin
                causes[cause] <= 1;
                stat_raised <= stat_raised + 1;
                after_publish <= RAISED;
                state <= PUBLISH;
            end
            RAISED:
                if (!enable[cause]) begin
                    stat_masked <= stat_masked + 1;
                    state <= after_raise;
                end else if (!moderates)
                    decide(T_RAISED, CAUSES'(1) << cause, 32'b1 << vector_of[cause], after_raise);
                else begin
                    if (gathering[vector_of[cause]]) stat_collapsed <= stat_collapsed + 1;
                    else begin
                        gathered_first[vector_of[cause]] <= cause;
                        gathered_for[vector_of[cause]] <= rule[31:16] * cfg_cycles_per_us;
                    end
                    gathering[vector_of[cause]] <= 1;
                    gathered[vector_of[cause]][cause] <= 1;
                    gathered_count[vector_of[cause]] <= gathered_count[vector_of[cause]] + 1;
                    state <= after_raise;
                    if (rule[7:0] > 1 && gathered_count[vector_of[cause]] + 1 >= rule[7:0]) begin
                        vector <= vector_of[cause];
                        after_decide <= after_raise;
                        state <= EXPIRE;
                    end
                end
            EXPIRE: begin
                release_vector(vector);
                decide(T_RELEASED, gathered[vector], 32'b1 << vector, after_decide);
            end

            DECIDE:
                if (todo == 0) state <= after_decide;
                else begin
                    todo <= todo & todo - 1;
                    active[decided] <= set != 0;
                    if (why == T_RELEASED) owed[decided] <= 0;
                    if (send && gathering[decided]) owed[decided] <= 1;
                    else if (send) begin
                        vector <= decided;
                        after_publish <= MESSAGE;
                        // A raise has just published it; what is released later has not.
                        state <= why == T_RAISED ? MESSAGE : PUBLISH;
                    end else if (is_raise) stat_collapsed <= stat_collapsed + 1;
                end
            PUBLISH:
                if (!status_base[0]) state <= after_publish;
                else begin
                    update <= update + 1;
                    short_request <= 1;
                    short_address <= {status_base[63:2], 2'b0};
                    short_bytes <= HEADER;
                    short_data <= {64'(causes), update + 64'd1, last_sequence, head};
                    state <= PUBLISHING;
                end
            PUBLISHING:
                if (short_done) begin
                    short_request <= 0;
                    state <= after_publish;
                end
            MESSAGE: begin
                // Masked before the message goes: what the host does about it must find the vector as it will stay.
                if (policy == AUTO_MASK || policy == AUTO_MASK_LOSSY) self_masked[vector] <= 1;
                msg_valid <= 1;
                msg_vector <= vector;
                state <= SENDING;
            end
            SENDING:
                if (msg_ready) begin
                    msg_valid <= 0;
                    state <= DECIDE;
                    case (msg_outcome)
                        SENT: if (!is_raise) stat_resent <= stat_resent + 1;
                        PENDING: if (is_raise) stat_masked <= stat_masked + 1;
                        COLLAPSED: if (is_raise) stat_collapsed <= stat_collapsed + 1;
                        LOST: begin
                            if (policy == AUTO_MASK || policy == AUTO_MASK_LOSSY) self_masked[vector] <= 0;
                            if (is_raise) stat_masked <= stat_masked + 1;
                        end
                    endcase
                end

            // Routing changed while raises were gathered: each cause decides for its new vector.
            ROUTE:
                if (gathering != 0) begin
                    release_vector(lowest(gathering));
                    rerouted <= rerouted | gathered[lowest(gathering)];
                    rerouted_first <= rerouted_first | CAUSES'(1) << gathered_first[lowest(gathering)];
                end else begin
                    owed <= 0;
                    for (int i = 0; i < CAUSES; i++)
                        vector_of[i] <= !per_cause ? 0 : 5'({7'b0, vector_map[i / 4][i % 4 * 8 +: 5]}
                            % (cfg_messages_granted == 0 ? 12'd1 : cfg_messages_granted));
                    state <= ROUTED;
                end
            ROUTED:
                if (rerouted != 0) begin
                    rerouted <= rerouted & rerouted - 1;
                    decide(rerouted_first[3'(lowest(32'(rerouted)))] ? T_RELEASED : T_REROUTED, rerouted & ~(rerouted - 1),
                        32'b1 << vector_of[3'(lowest(32'(rerouted)))], ROUTED);
                end else decide_all(T_SET_UP, 0);

            OFFER: begin
                stat_produced <= stat_produced + 1;
                if (!busy && fifo_level == 0 && !must_wait) begin
                    transfer <= offered;
                    returned <= transfer;
                    busy <= 1;
                    after_start <= OFFERED;
                    transfer_counted <= 0;
                    state <= START;
                end else if (fifo_level < cfg_fifo_chunks) begin
                    returned <= fifo[6'((fifo_first + fifo_level) % cfg_fifo_chunks)];
                    fifo[6'((fifo_first + fifo_level) % cfg_fifo_chunks)] <= offered;
                    fifo_level <= fifo_level + 1;
                    state <= OFFERED;
                end else begin
                    stat_dropped <= stat_dropped + 1;
                    returned <= offered;
                    raise(FIFO_OVERFLOW, OFFERED);
                end
            end
            OFFERED: begin
                state <= IDLE;
                if (offered_by_source) begin
                    next_chunk <= returned;
                    filling <= 1;
                    fill_at <= 0;
                    fill_checksum <= '1;
                end else begin
                    h2c_chunk <= returned;
                    h2c_at <= h2c_at + 64'(h2c_bytes);
                    h2c_left <= h2c_left - h2c_bytes;
                    if (h2c_left == h2c_bytes) {h2c_busy, h2c_done} <= 2'b01;
                    else begin
                        h2c_bytes <= h2c_longest < h2c_left - h2c_bytes ? h2c_longest : h2c_left - h2c_bytes;
                        h2c_checksum <= '1;
                        block_start <= 1;
                    end
                end
            end

            START: begin
                was_full <= full;
                if (!enabled || failed) begin
                    stat_dropped <= stat_dropped + 1;
                    busy <= 0;
                    state <= after_start;
                end else if (full && when_full == DROP) begin
                    stat_dropped <= stat_dropped + 1;
                    busy <= 0;
                    raise(OVERRUN, after_start);
                end else if (!writer_busy) begin
                    // A place that is used up is the one that is filled anew.
                    if (scatters) begin
                        place <= !place;
                        pieces[place] <= 0;
                        place_bytes <= 0;
                        place_interrupts[place] <= 0;
                        place_ready <= 0;
                    end else begin
                        pieces[place] <= 1;
                        piece_address[place][0] <= slot_address;
                        piece_length[place][0] <= slot_step;
                        place_interrupts[place] <= 1;
                    end
                    writer_start <= 1;
                    {age, transfer_cycles} <= {64'b0, ~64'b0};
                    {tlps, count_piece, count_header, count_left, count_bytes} <= {32'b0, 5'b0, 1'b0, 32'b0,
                        HEADER + (chunk_length[transfer] + 3 & ~32'd3)};
                    state <= COUNT;
                end
            end
            // TLPs that a bus would carry: for the slot, and for its header once more.
            COUNT:
                if (count_left != 0) begin
                    tlps <= tlps + (in_page + 32'(cfg_max_payload) - 1) / 32'(cfg_max_payload);
                    count_at <= count_at + 64'(in_page);
                    count_left <= count_left - in_page;
                end else if (count_bytes != 0) begin
                    count_at <= piece_address[place][count_piece[3:0]];
                    count_left <= count_bytes < piece_length[place][count_piece[3:0]] ? count_bytes : piece_length[place][count_piece[3:0]];
                    count_bytes <= count_bytes < piece_length[place][count_piece[3:0]] ? 0
                        : count_bytes - piece_length[place][count_piece[3:0]];
                    count_piece <= count_piece + 1;
                end else if (!count_header) begin
                    {count_header, count_piece, count_bytes} <= {1'b1, 5'b0, 32'(HEADER)};
                end else state <= STARTED;
            STARTED: begin
                stat_tlps <= stat_tlps + 64'(tlps);
                transfer_cycles <= counted_cycles >> 32;
                transfer_counted <= 1;
                // A slot that a broken-off transfer left invalid has nothing more to lose.
                occupied[slot[$clog2(SLOTS)-1:0]] <= 0;
                state <= after_start;
                if (was_full && occupied[slot[$clog2(SLOTS)-1:0]]) begin
                    stat_overwritten <= stat_overwritten + 1;
                    raise(OVERRUN, after_start);
                end
            end

            HEADING:
                if (short_done) begin
                    short_request <= 0;
                    written_back <= 0;
                    filled <= HEADER + chunk_length[transfer];
                    state <= short_failed ? TRANSFER_FAILED : scatters ? WRITE_BACK : WRITTEN;
                end
            WRITE_BACK:
                if (written_back == pieces[place]) state <= WRITTEN;
                else begin
                    short_request <= 1;
                    short_address <= piece_at[place][written_back[3:0]] + 8;
                    short_bytes <= 8;
                    short_data <= {192'b0, piece_flags[place][written_back[3:0]] & ~32'd1,
                        filled < piece_length[place][written_back[3:0]] ? filled : piece_length[place][written_back[3:0]]};
                    state <= WRITING_BACK;
                end
            WRITING_BACK:
                if (short_done) begin
                    short_request <= 0;
                    filled <= filled < piece_length[place][written_back[3:0]] ? 0 : filled - piece_length[place][written_back[3:0]];
                    written_back <= written_back + 1;
                    state <= short_failed ? TRANSFER_FAILED : WRITE_BACK;
                end
            WRITTEN: begin
                busy <= 0;
                occupied[slot[$clog2(SLOTS)-1:0]] <= 1;
                stat_written <= stat_written + 1;
                head <= head + 1;
                last_sequence <= chunk_sequence[transfer];
                slot <= 64'(slot) + 1 == slots ? 0 : slot + 1;
                slot_address <= 64'(slot) + 1 == slots ? set_up_base : slot_address + 64'(slot_step);
                if (place_interrupts[place]) raise(DATA_READY, WAITING);
                else state <= WAITING;
            end
            // In a ring the next chunk can use the slot again. With descriptors the place is used up.
            TRANSFER_FAILED: begin
                busy <= 0;
                stat_dropped <= stat_dropped + 1;
                if (scatters) begin
                    stop_descriptors();
                    if (fetching) descriptor_error_code <= NOT_MASTER;
                end
                if (scatters && !fetching) state <= WAITING;
                else raise(DMA_ERROR, WAITING);
            end
            WAITING:
                if (!busy && fifo_level != 0 && !must_wait) begin
                    transfer <= fifo[fifo_first];
                    fifo[fifo_first] <= transfer;
                    fifo_first <= 6'((7'(fifo_first) + 7'd1) % cfg_fifo_chunks);
                    fifo_level <= fifo_level - 1;
                    busy <= 1;
                    transfer_counted <= 0;
                    after_start <= WAITING;
                    state <= START;
                end else state <= IDLE;

            DESCRIBED: begin
                described <= 0;
                state <= IDLE;
                if (d_wrong != 0) begin
                    stop_descriptors();
                    descriptor_error_code <= d_wrong;
                    raise(DMA_ERROR, WAITING);
                end else begin
                    piece_at[!place][pieces[!place][3:0]] <= next_descriptor;
                    piece_address[!place][pieces[!place][3:0]] <= d_address;
                    piece_length[!place][pieces[!place][3:0]] <= d_length;
                    piece_flags[!place][pieces[!place][3:0]] <= d_flags;
                    pieces[!place] <= pieces[!place] + 1;
                    place_bytes <= place_bytes + d_length;
                    place_interrupts[!place] <= place_interrupts[!place] || d_flags[1];
                    next_descriptor <= d_next;
                    if (d_flags[2]) begin
                        place_ready <= 1;
                        fetched <= fetched + 1;
                        state <= WAITING;
                    end
                end
            end

            DELIVER: begin
                h2c_whole <= 0;
                state <= OFFER;
                if (block_error != 0) begin
                    {h2c_busy, h2c_done, h2c_error} <= {2'b0, 8'(READ_ERRORS) + 8'(block_error)};
                    raise(DMA_ERROR, IDLE);
                end else begin
                    offered <= h2c_chunk;
                    offered_by_source <= 0;
                    chunk_length[h2c_chunk] <= h2c_bytes;
                    chunk_checksum[h2c_chunk] <= ~h2c_checksum;
                    chunk_time[h2c_chunk] <= time_ns;
                    chunk_sequence[h2c_chunk] <= sequence_number;
                    sequence_number <= sequence_number + 1;
                end
            end

            default: state <= IDLE;
        endcase

        if (rst) begin
            if (32'(cfg_fifo_chunks) + 3 > BUFFERS || !cfg_header_only && (32'(cfg_fifo_chunks) + 3) * chunk_words > WORDS)
                $fatal(1, "the FIFO does not fit: its chunks are more than the card has memory for");
            if (cfg_max_slots > SLOTS) $fatal(1, "cfg_max_slots is more than the slots that the card was built with");
            state <= IDLE;
            {scratch, slot_size, slot_count, tail_register, h2c_length, causes, enable, per_cause, run, self_masked, memory, status_base, h2c_base} <= 0;
            policy <= cfg_rearm;
            control <= {cfg_when_full, 3'b0};
            vector_map[0] <= 32'h0302_0100;
            vector_map[1] <= 32'h0000_0504;
            {active, owed, gathering, expired, todo, update, msg_valid, short_request} <= 0;
            changes_seen <= cfg_messages_changes;
            for (int i = 0; i < CAUSES; i++) vector_of[i] <= 0;
            for (int v = 0; v < VECTORS; v++) begin
                {moderation[v], gathered[v], gathered_count[v]} <= 0;
            end
            stat_collapsed <= stat_collapsed + 64'($countones(gathering));
            {enabled, scatters, busy, when_full, head, tail, last_sequence, slot, fifo_level, fifo_first, place, sequence_number} <= 0;
            slots <= 1;
            {fetching, reading_descriptor, place_ready, described, next_descriptor, descriptor_error_code, place_bytes} <= 0;
            for (int i = 0; i < 2; i++) {pieces[i], place_interrupts[i]} <= 0;
            stat_dropped <= stat_dropped + stat_in_card;
            {h2c_busy, h2c_done, h2c_whole, h2c_error} <= 0;
            {s_axil_bvalid, s_axil_rvalid, pending, stream_at, fill_at, next_ready} <= 0;
            fill_checksum <= '1;
            filling <= 1;
            // Every buffer has a holder.
            {transfer, next_chunk, h2c_chunk} <= {6'd0, 6'd1, 6'd2};
            for (int i = 0; i < BUFFERS; i++) fifo[i] <= 6'(i + 3);
            for (int i = 0; i < 8; i++) at_reset[i] <= counters[i] + at_reset[i];
            tlps_at_reset <= stat_tlps;
            for (int i = 0; i < 16; i++) latched[i] <= 0;
        end
    end
endmodule
