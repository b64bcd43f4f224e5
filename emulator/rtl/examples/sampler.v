// A source of data: samples that count, each so many clock cycles after the one before, in packets. It waits while nobody takes them.
module sampler (
    input wire clk, input wire rst,

    input wire [11:0] s_axil_awaddr, input wire s_axil_awvalid, output wire s_axil_awready,
    input wire [31:0] s_axil_wdata, input wire [3:0] s_axil_wstrb, input wire s_axil_wvalid, output wire s_axil_wready,
    output wire [1:0] s_axil_bresp, output reg s_axil_bvalid, input wire s_axil_bready,
    input wire [11:0] s_axil_araddr, input wire s_axil_arvalid, output wire s_axil_arready,
    output reg [31:0] s_axil_rdata, output wire [1:0] s_axil_rresp, output reg s_axil_rvalid, input wire s_axil_rready,

    output reg [31:0] m_axis_tdata, output reg m_axis_tvalid, input wire m_axis_tready, output wire m_axis_tlast,
    output wire [31:0] stat_samples
);
    reg [31:0] period, packet, count, left;

    wire write = s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;
    wire read = s_axil_arvalid && !s_axil_rvalid;
    wire [31:0] mask = {{8{s_axil_wstrb[3]}}, {8{s_axil_wstrb[2]}}, {8{s_axil_wstrb[1]}}, {8{s_axil_wstrb[0]}}};

    assign s_axil_awready = write, s_axil_wready = write, s_axil_bresp = 0;
    assign s_axil_arready = read, s_axil_rresp = 0;
    assign m_axis_tlast = left <= 1;
    assign stat_samples = m_axis_tdata;

    always @(posedge clk) begin
        if (s_axil_bready) s_axil_bvalid <= 0;
        if (s_axil_rready) s_axil_rvalid <= 0;
        if (m_axis_tvalid && m_axis_tready) begin
            m_axis_tvalid <= 0;
            m_axis_tdata <= m_axis_tdata + 1;
            left <= m_axis_tlast ? packet : left - 1;
            count <= 1;
        end else if (!m_axis_tvalid) begin
            count <= count + 1;
            m_axis_tvalid <= count + 1 >= period;
        end
        if (write) begin
            s_axil_bvalid <= 1;
            case (s_axil_awaddr[11:2])
                1: period <= period & ~mask | s_axil_wdata & mask;
                2: packet <= packet & ~mask | s_axil_wdata & mask;
            endcase
        end
        if (read) begin
            s_axil_rvalid <= 1;
            case (s_axil_araddr[11:2])
                0: s_axil_rdata <= 32'h534D504C;
                1: s_axil_rdata <= period;
                2: s_axil_rdata <= packet;
                default: s_axil_rdata <= 0;
            endcase
        end
        if (rst) begin
            period <= 25;
            packet <= 1024;
            left <= 1024;
            {m_axis_tdata, m_axis_tvalid, count} <= 0;
            {s_axil_bvalid, s_axil_rvalid} <= 0;
        end
    end
endmodule
