// A card that refuses: registers that answer SLVERR and DECERR, and a master that shows how its own accesses of host memory were answered.
//   0x00 scratch   0x08 slave error   0x0C nobody
//   0x10 write: reads host memory there; read: bit 31 answered, 4..2 ruser, 1..0 rresp   0x14 likewise, for a write
module refusing (
    input logic clk, input logic rst,

    input logic [11:0] s_axil_awaddr, input logic s_axil_awvalid, output logic s_axil_awready,
    input logic [31:0] s_axil_wdata, input logic s_axil_wvalid, output logic s_axil_wready,
    output logic [1:0] s_axil_bresp, output logic s_axil_bvalid, input logic s_axil_bready,
    input logic [11:0] s_axil_araddr, input logic s_axil_arvalid, output logic s_axil_arready,
    output logic [31:0] s_axil_rdata, output logic [1:0] s_axil_rresp, output logic s_axil_rvalid, input logic s_axil_rready,

    output logic [63:0] m_axi_araddr, output logic [7:0] m_axi_arlen, output logic m_axi_arvalid, input logic m_axi_arready,
    input logic [31:0] m_axi_rdata, input logic [1:0] m_axi_rresp, input logic [2:0] m_axi_ruser, input logic m_axi_rlast,
    input logic m_axi_rvalid, output logic m_axi_rready,
    output logic [63:0] m_axi_awaddr, output logic m_axi_awvalid, input logic m_axi_awready,
    output logic [31:0] m_axi_wdata, output logic m_axi_wlast, output logic m_axi_wvalid, input logic m_axi_wready,
    input logic [1:0] m_axi_bresp, input logic [2:0] m_axi_buser, input logic m_axi_bvalid, output logic m_axi_bready
);
    logic [31:0] scratch, read_ended, write_ended;

    wire write = s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;
    wire read = s_axil_arvalid && !s_axil_rvalid;
    assign s_axil_awready = write, s_axil_wready = write, s_axil_arready = read;
    assign m_axi_arlen = 0, m_axi_rready = 1, m_axi_wlast = 1, m_axi_bready = 1, m_axi_wdata = scratch;

    function automatic logic [1:0] response(input logic [11:0] address);
        return address == 8 ? 2 : address == 12 ? 3 : 0;
    endfunction

    always_ff @(posedge clk)
        if (rst) begin
            {scratch, read_ended, write_ended} <= 0;
            {s_axil_bvalid, s_axil_rvalid, m_axi_arvalid, m_axi_awvalid, m_axi_wvalid} <= 0;
        end else begin
            if (s_axil_bready) s_axil_bvalid <= 0;
            if (s_axil_rready) s_axil_rvalid <= 0;
            if (m_axi_arready) m_axi_arvalid <= 0;
            if (m_axi_awready) m_axi_awvalid <= 0;
            if (m_axi_wready) m_axi_wvalid <= 0;
            if (m_axi_rvalid) read_ended <= {1'b1, 26'b0, m_axi_ruser, m_axi_rresp};
            if (m_axi_bvalid) write_ended <= {1'b1, 26'b0, m_axi_buser, m_axi_bresp};
            if (write) begin
                s_axil_bvalid <= 1;
                s_axil_bresp <= response(s_axil_awaddr);
                case (s_axil_awaddr)
                    0: scratch <= s_axil_wdata;
                    16: begin m_axi_araddr <= {32'b0, s_axil_wdata}; m_axi_arvalid <= 1; read_ended <= 0; end
                    20: begin m_axi_awaddr <= {32'b0, s_axil_wdata}; {m_axi_awvalid, m_axi_wvalid} <= 3; write_ended <= 0; end
                    default: ;
                endcase
            end
            if (read) begin
                s_axil_rvalid <= 1;
                s_axil_rresp <= response(s_axil_araddr);
                s_axil_rdata <= s_axil_araddr == 16 ? read_ended : s_axil_araddr == 20 ? write_ended : scratch;
            end
        end
endmodule
