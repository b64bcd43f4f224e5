// AXI4 read master: descriptors, and host memory that comes back as chunks, cut as the bus wants it. Answers come in the order of asking.
module daq_reader (
    input logic clk, input logic rst,
    input logic [12:0] max_read_request,

    // A descriptor of 32 bytes: begun by descriptor_start.
    input logic descriptor_start, input logic [63:0] descriptor_address, input logic descriptor_stop,
    output logic descriptor_done, output logic [1:0] descriptor_error, output logic [255:0] descriptor,

    // A block: begun by block_start; its DWs come one or two at a time.
    input logic block_start, input logic [63:0] block_address, input logic [31:0] block_bytes, input logic block_stop,
    output logic block_valid, output logic block_pair, output logic [63:0] block_data, output logic [31:0] block_position,
    output logic block_done, output logic [1:0] block_error,

    output logic [63:0] m_axi_araddr, output logic [7:0] m_axi_arlen, output logic [2:0] m_axi_arsize, output logic [1:0] m_axi_arburst,
    output logic m_axi_arvalid, input logic m_axi_arready,
    input logic [63:0] m_axi_rdata, input logic [1:0] m_axi_rresp, input logic [2:0] m_axi_ruser, input logic m_axi_rlast,
    input logic m_axi_rvalid, output logic m_axi_rready
);
    localparam IN_FLIGHT = 8;

    // What a request is of; a stop makes those under way nobody's.
    typedef enum logic [1:0] { NOBODY, DESCRIPTOR, BLOCK } owner_t;
    owner_t owners [16];
    logic [3:0] oldest, newest;

    logic descriptor_wanted, reading_block;
    logic [63:0] ask_at, take_at;
    logic [31:0] ask_left, take_left;
    logic [3:0] in_flight;
    logic [1:0] beat;
    logic narrow;

    wire [31:0] to_page = 4096 - {20'b0, ask_at[11:0]};
    wire [31:0] limit = to_page < {19'b0, max_read_request} ? to_page : {19'b0, max_read_request};
    wire [31:0] most = limit < longest ? limit : longest;
    wire [31:0] ask_bytes = ask_left < most ? ask_left : most;
    // A burst has 256 beats at the most.
    wire [31:0] longest = narrow ? 1024 : 2048;
    wire may_ask = !m_axi_arvalid && 4'(newest - oldest) < 15 && !descriptor_stop && !block_stop;
    wire asks_block = may_ask && !descriptor_wanted && reading_block && ask_left != 0 && in_flight < IN_FLIGHT
        && !(takes && owner == BLOCK && m_axi_rresp != 0);
    wire takes = m_axi_rvalid;
    wire owner_t owner = owners[oldest];
    wire [1:0] error = m_axi_rresp == 0 ? 0 : m_axi_ruser[1:0];

    assign m_axi_arburst = 1, m_axi_rready = 1;
    assign block_valid = takes && owner == BLOCK && m_axi_rresp == 0;
    assign block_pair = !narrow;
    assign block_data = narrow && take_at[2] ? m_axi_rdata >> 32 : m_axi_rdata;

    always_ff @(posedge clk) begin
        {descriptor_done, block_done} <= 0;
        if (descriptor_start) descriptor_wanted <= 1;
        if (block_start) begin
            reading_block <= 1;
            {ask_at, ask_left, take_at, take_left, in_flight} <= {block_address, block_bytes, block_address, block_bytes, 4'b0};
            block_position <= 0;
            narrow <= block_address[2] || block_bytes[2];
        end

        if (m_axi_arvalid && m_axi_arready) m_axi_arvalid <= 0;
        if (may_ask && descriptor_wanted) begin
            descriptor_wanted <= 0;
            m_axi_arvalid <= 1;
            {m_axi_araddr, m_axi_arlen, m_axi_arsize} <= {descriptor_address, 8'd3, 3'd3};
            owners[newest] <= DESCRIPTOR;
            newest <= newest + 1;
            beat <= 0;
        end else if (asks_block) begin
            m_axi_arvalid <= 1;
            m_axi_araddr <= ask_at;
            m_axi_arlen <= narrow ? 8'((ask_bytes >> 2) - 1) : 8'((ask_bytes >> 3) - 1);
            m_axi_arsize <= narrow ? 2 : 3;
            owners[newest] <= BLOCK;
            newest <= newest + 1;
            ask_at <= ask_at + 64'(ask_bytes);
            ask_left <= ask_left - ask_bytes;
        end

        if (takes) begin
            if (m_axi_rlast) oldest <= oldest + 1;
            if (owner == DESCRIPTOR) begin
                descriptor[beat * 64 +: 64] <= m_axi_rdata;
                beat <= beat + 1;
                descriptor_done <= m_axi_rlast;
                descriptor_error <= error;
            end
            if (owner == BLOCK) begin
                if (m_axi_rresp != 0) begin
                    if (m_axi_rlast) begin
                        {reading_block, block_done, block_error} <= {1'b0, 1'b1, error};
                        for (int i = 0; i < 16; i++) if (owners[i] == BLOCK) owners[i] <= NOBODY;
                    end
                end else begin
                    take_at <= take_at + (narrow ? 4 : 8);
                    take_left <= take_left - (narrow ? 4 : 8);
                    block_position <= block_position + (narrow ? 4 : 8);
                    if (take_left == (narrow ? 4 : 8)) {reading_block, block_done, block_error} <= {1'b0, 1'b1, 2'b0};
                end
            end
        end
        if (!block_start) in_flight <= in_flight + 4'(asks_block) - 4'(takes && m_axi_rlast && owner == BLOCK);

        if (descriptor_stop) begin
            descriptor_wanted <= 0;
            for (int i = 0; i < 16; i++) if (owners[i] == DESCRIPTOR) owners[i] <= NOBODY;
        end
        if (block_stop) begin
            reading_block <= 0;
            for (int i = 0; i < 16; i++) if (owners[i] == BLOCK) owners[i] <= NOBODY;
        end
        if (rst) begin
            {descriptor_wanted, reading_block, m_axi_arvalid, oldest, newest, in_flight, beat} <= 0;
            {ask_left, take_left} <= 0;
        end
    end
endmodule
