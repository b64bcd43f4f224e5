// AXI4 write master: the payload of a chunk in bursts, and between two bursts the short writes that must not wait for it.
module daq_writer (
    input logic clk, input logic rst,

    // A chunk: begun by start, taken piece by piece from the place, its data by position.
    input logic start, input logic [31:0] start_bytes,
    output logic [4:0] piece, input logic [63:0] piece_address, input logic [31:0] piece_length,
    output logic [31:0] position, input logic [31:0] data_first, input logic [31:0] data_second,
    output logic busy, output logic failed,

    // A short write: held until done.
    input logic short_request, input logic [63:0] short_address, input logic [5:0] short_bytes, input logic [255:0] short_data,
    output logic short_done, output logic short_failed,

    output logic [63:0] m_axi_awaddr, output logic [7:0] m_axi_awlen, output logic [2:0] m_axi_awsize, output logic [1:0] m_axi_awburst,
    output logic m_axi_awvalid, input logic m_axi_awready,
    output logic [63:0] m_axi_wdata, output logic [7:0] m_axi_wstrb, output logic m_axi_wlast, output logic m_axi_wvalid, input logic m_axi_wready,
    input logic [1:0] m_axi_bresp, input logic m_axi_bvalid, output logic m_axi_bready
);
    // No burst crosses a multiple of this, and so none crosses 4 KiB.
    localparam BURST = 256;

    logic active, bursting, sending, is_short;
    logic [31:0] left, piece_left, burst_left;
    logic [63:0] address, short_at, beat_at;
    logic [5:0] short_left, short_position;
    logic short_active;
    logic [3:0] chunk_bursts, short_bursts;
    logic [7:0] owners;
    logic [3:0] owners_count;

    wire [63:0] next_address = short_active ? short_at : address;
    wire [31:0] next_left = short_active ? {26'b0, short_left} : left < piece_left ? left : piece_left;
    wire [31:0] to_boundary = BURST - {24'b0, next_address[7:0]};
    wire [31:0] next_bytes = next_left < to_boundary ? next_left : to_boundary;
    wire [31:0] next_beats = ({29'b0, next_address[2:0]} + next_bytes + 7) >> 3;

    wire upper = beat_at[2];
    wire [31:0] beat_bytes = upper ? 4 : burst_left >= 8 ? 8 : 4;
    wire [31:0] short_even = short_data[short_position[4:2] * 32 +: 32];
    wire [2:0] short_next = short_position[4:2] + 1;
    wire [31:0] short_odd = short_data[short_next * 32 +: 32];
    wire [31:0] first = is_short ? short_even : data_first, second = is_short ? short_odd : data_second;

    assign busy = active || chunk_bursts != 0;
    assign short_done = short_active && short_left == 0 && short_bursts == 0 && !bursting;
    assign m_axi_awsize = 3, m_axi_awburst = 1, m_axi_bready = 1;
    assign m_axi_wvalid = sending;
    assign m_axi_wdata = upper ? {first, 32'b0} : {second, first};
    assign m_axi_wstrb = upper ? 8'hF0 : beat_bytes == 8 ? 8'hFF : 8'h0F;
    assign m_axi_wlast = burst_left == beat_bytes;

    wire begun = !bursting && (short_active && short_left != 0 || active && left != 0 && !short_active) && owners_count < 8;
    wire answered = m_axi_bvalid;

    always_ff @(posedge clk) begin
        if (start) begin
            {active, failed} <= 2'b10;
            {left, position, piece} <= {start_bytes, 32'b0, 5'b0};
            piece_left <= 0;
        end else if (active && left != 0 && piece_left == 0 && !bursting) begin
            {address, piece_left} <= {piece_address, piece_length};
        end else if (active && left == 0 && !bursting) begin
            active <= 0;
        end
        if (short_request && !short_active) begin
            {short_active, short_failed} <= 2'b10;
            {short_at, short_left, short_position} <= {short_address, short_bytes, 6'b0};
        end else if (short_done) begin
            short_active <= 0;
        end

        if (begun && (short_active || piece_left != 0)) begin
            bursting <= 1;
            is_short <= short_active;
            m_axi_awvalid <= 1;
            m_axi_awaddr <= next_address;
            m_axi_awlen <= 8'(next_beats - 1);
            {beat_at, burst_left} <= {next_address, next_bytes};
        end
        if (m_axi_awvalid && m_axi_awready) begin
            m_axi_awvalid <= 0;
            sending <= 1;
        end
        if (sending && m_axi_wready) begin
            beat_at <= beat_at + 64'(beat_bytes);
            burst_left <= burst_left - beat_bytes;
            if (is_short) begin
                short_position <= short_position + 6'(beat_bytes);
                short_left <= short_left - 6'(beat_bytes);
                short_at <= short_at + 64'(beat_bytes);
            end else begin
                position <= position + beat_bytes;
                left <= failed ? 0 : left - beat_bytes;
                piece_left <= piece_left - beat_bytes;
                address <= address + 64'(beat_bytes);
                if (piece_left == beat_bytes) piece <= piece + 1;
            end
            if (m_axi_wlast) {sending, bursting} <= 0;
        end

        // Answers come in the order of the bursts.
        if (m_axi_wlast && sending && m_axi_wready) begin
            if (answered) owners <= (owners >> 1) & ~(8'b1 << (owners_count - 1)) | {7'b0, is_short} << (owners_count - 1);
            else begin
                owners <= owners & ~(8'b1 << owners_count) | {7'b0, is_short} << owners_count;
                owners_count <= owners_count + 1;
            end
        end else if (answered) begin
            owners <= owners >> 1;
            owners_count <= owners_count - 1;
        end
        chunk_bursts <= chunk_bursts + 4'(m_axi_wlast && sending && m_axi_wready && !is_short) - 4'(answered && !owners[0]);
        short_bursts <= short_bursts + 4'(m_axi_wlast && sending && m_axi_wready && is_short) - 4'(answered && owners[0]);
        if (answered && m_axi_bresp != 0) begin
            if (owners[0]) short_failed <= 1;
            else begin
                // What is left would meet the same.
                failed <= 1;
                left <= 0;
            end
        end

        if (rst) begin
            {active, failed, bursting, sending, short_active, short_failed, m_axi_awvalid} <= 0;
            {owners, owners_count, chunk_bursts, short_bursts} <= 0;
            {left, piece_left, burst_left, position, piece, short_left} <= 0;
        end
    end
endmodule
