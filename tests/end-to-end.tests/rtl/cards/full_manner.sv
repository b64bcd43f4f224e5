// A card as others write it, with AXI4 on both sides: a slave that wants WLAST, and a master of 64 bits with bursts and IDs, which copies 128 bytes.
//   0x00 source   0x04 destination (starts)   0x08 bit 0 done, bit 1 an ID was not the one that was asked with
module full_manner #(parameter int C_AXI_DATA_WIDTH = 64, parameter int C_AXI_ID_WIDTH = 4, parameter int C_BURST = 16) (
    input logic axi_aclk, input logic axi_aresetn,

    input logic [3:0] s00_axi_awid, input logic [11:0] s00_axi_awaddr, input logic [7:0] s00_axi_awlen, input logic [2:0] s00_axi_awsize,
    input logic [1:0] s00_axi_awburst, input logic s00_axi_awvalid, output logic s00_axi_awready,
    input logic [31:0] s00_axi_wdata, input logic [3:0] s00_axi_wstrb, input logic s00_axi_wlast, input logic s00_axi_wvalid,
    output logic s00_axi_wready,
    output logic [3:0] s00_axi_bid, output logic [1:0] s00_axi_bresp, output logic s00_axi_bvalid, input logic s00_axi_bready,
    input logic [3:0] s00_axi_arid, input logic [11:0] s00_axi_araddr, input logic [7:0] s00_axi_arlen, input logic [2:0] s00_axi_arsize,
    input logic [1:0] s00_axi_arburst, input logic s00_axi_arvalid, output logic s00_axi_arready,
    output logic [3:0] s00_axi_rid, output logic [31:0] s00_axi_rdata, output logic [1:0] s00_axi_rresp, output logic s00_axi_rlast,
    output logic s00_axi_rvalid, input logic s00_axi_rready,

    output logic [C_AXI_ID_WIDTH-1:0] m00_axi_arid, output logic [63:0] m00_axi_araddr, output logic [7:0] m00_axi_arlen,
    output logic [2:0] m00_axi_arsize, output logic [1:0] m00_axi_arburst, output logic m00_axi_arvalid, input logic m00_axi_arready,
    input logic [C_AXI_ID_WIDTH-1:0] m00_axi_rid, input logic [C_AXI_DATA_WIDTH-1:0] m00_axi_rdata, input logic [1:0] m00_axi_rresp,
    input logic m00_axi_rlast, input logic m00_axi_rvalid, output logic m00_axi_rready,
    output logic [C_AXI_ID_WIDTH-1:0] m00_axi_awid, output logic [63:0] m00_axi_awaddr, output logic [7:0] m00_axi_awlen,
    output logic [2:0] m00_axi_awsize, output logic [1:0] m00_axi_awburst, output logic m00_axi_awvalid, input logic m00_axi_awready,
    output logic [C_AXI_DATA_WIDTH-1:0] m00_axi_wdata, output logic [C_AXI_DATA_WIDTH/8-1:0] m00_axi_wstrb, output logic m00_axi_wlast,
    output logic m00_axi_wvalid, input logic m00_axi_wready,
    input logic [C_AXI_ID_WIDTH-1:0] m00_axi_bid, input logic [1:0] m00_axi_bresp, input logic m00_axi_bvalid, output logic m00_axi_bready,

    output logic done_interrupt
);
    localparam bit [C_AXI_ID_WIDTH-1:0] READ_ID = 5, WRITE_ID = 9;

    logic [31:0] source, destination;
    logic [C_AXI_DATA_WIDTH-1:0] buffer [C_BURST];
    logic [$clog2(C_BURST)-1:0] filled, sent;
    logic is_done, is_wrong;

    wire write = s00_axi_awvalid && s00_axi_wvalid && s00_axi_wlast && s00_axi_awsize == 2 && s00_axi_awburst == 1 && !s00_axi_bvalid;
    wire read = s00_axi_arvalid && s00_axi_arsize == 2 && s00_axi_arburst == 1 && !s00_axi_rvalid;
    assign s00_axi_awready = write, s00_axi_wready = write, s00_axi_arready = read;
    assign s00_axi_bresp = 0, s00_axi_rresp = 0, s00_axi_rlast = 1, s00_axi_bid = 0, s00_axi_rid = 0;

    assign m00_axi_arid = READ_ID, m00_axi_awid = WRITE_ID, m00_axi_araddr = {32'b0, source}, m00_axi_awaddr = {32'b0, destination};
    assign m00_axi_arlen = 8'(C_BURST - 1), m00_axi_awlen = 8'(C_BURST - 1), m00_axi_arburst = 1, m00_axi_awburst = 1;
    assign m00_axi_arsize = 3'($clog2(C_AXI_DATA_WIDTH / 8)), m00_axi_awsize = 3'($clog2(C_AXI_DATA_WIDTH / 8));
    assign m00_axi_rready = 1, m00_axi_bready = 1, m00_axi_wstrb = '1;
    assign m00_axi_wdata = buffer[sent], m00_axi_wlast = int'(sent) == C_BURST - 1;

    always_ff @(posedge axi_aclk)
        if (!axi_aresetn) begin
            {source, destination, filled, sent, is_done, is_wrong} <= 0;
            {s00_axi_bvalid, s00_axi_rvalid, m00_axi_arvalid, m00_axi_awvalid, m00_axi_wvalid, done_interrupt} <= 0;
        end else begin
            done_interrupt <= 0;
            if (s00_axi_bready) s00_axi_bvalid <= 0;
            if (s00_axi_rready) s00_axi_rvalid <= 0;
            if (m00_axi_arready) m00_axi_arvalid <= 0;
            if (m00_axi_awready) m00_axi_awvalid <= 0;
            if (write) begin
                s00_axi_bvalid <= 1;
                if (s00_axi_awaddr == 0) source <= s00_axi_wdata;
                if (s00_axi_awaddr == 4) begin
                    destination <= s00_axi_wdata;
                    {m00_axi_arvalid, filled, sent, is_done, is_wrong} <= {1'b1, 10'b0};
                end
            end
            if (read) begin
                s00_axi_rvalid <= 1;
                s00_axi_rdata <= s00_axi_araddr == 8 ? {30'b0, is_wrong, is_done} : s00_axi_araddr == 4 ? destination : source;
            end
            if (m00_axi_rvalid) begin
                buffer[filled] <= m00_axi_rdata;
                filled <= filled + 1;
                if (m00_axi_rid != READ_ID) is_wrong <= 1;
                if (m00_axi_rlast) {m00_axi_awvalid, m00_axi_wvalid} <= 3;
            end
            if (m00_axi_wvalid && m00_axi_wready) begin
                sent <= sent + 1;
                if (m00_axi_wlast) m00_axi_wvalid <= 0;
            end
            if (m00_axi_bvalid) begin
                {is_done, done_interrupt} <= 3;
                if (m00_axi_bid != WRITE_ID) is_wrong <= 1;
            end
        end
endmodule
