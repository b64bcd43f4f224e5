// A small card: a scratch register, a limit, and an interrupt each time so many clock cycles have passed.
module ticker (
    input wire clk, input wire rst,

    input wire [11:0] s_axil_awaddr, input wire s_axil_awvalid, output wire s_axil_awready,
    input wire [31:0] s_axil_wdata, input wire [3:0] s_axil_wstrb, input wire s_axil_wvalid, output wire s_axil_wready,
    output wire [1:0] s_axil_bresp, output reg s_axil_bvalid, input wire s_axil_bready,
    input wire [11:0] s_axil_araddr, input wire s_axil_arvalid, output wire s_axil_arready,
    output reg [31:0] s_axil_rdata, output wire [1:0] s_axil_rresp, output reg s_axil_rvalid, input wire s_axil_rready,

    output reg [0:0] irq,
    output reg [63:0] stat_ticks
);
    reg [31:0] scratch, limit, count;
    reg cause;

    wire write = s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;
    wire read = s_axil_arvalid && !s_axil_rvalid;
    wire [31:0] mask = {{8{s_axil_wstrb[3]}}, {8{s_axil_wstrb[2]}}, {8{s_axil_wstrb[1]}}, {8{s_axil_wstrb[0]}}};
    wire expired = limit != 0 && count + 1 >= limit;

    assign s_axil_awready = write, s_axil_wready = write, s_axil_bresp = 0;
    assign s_axil_arready = read, s_axil_rresp = 0;

    always @(posedge clk) begin
        if (s_axil_bready) s_axil_bvalid <= 0;
        if (s_axil_rready) s_axil_rvalid <= 0;
        irq <= 0;
        count <= limit == 0 || expired ? 0 : count + 1;
        if (expired) begin
            cause <= 1;
            irq <= 1;
            stat_ticks <= stat_ticks + 1;
        end
        if (write) begin
            s_axil_bvalid <= 1;
            case (s_axil_awaddr[11:2])
                1: scratch <= scratch & ~mask | s_axil_wdata & mask;
                2: limit <= limit & ~mask | s_axil_wdata & mask;
                3: if (s_axil_wdata[0] && mask[0]) cause <= expired;
            endcase
        end
        if (read) begin
            s_axil_rvalid <= 1;
            case (s_axil_araddr[11:2])
                0: s_axil_rdata <= 32'h5449434B;
                1: s_axil_rdata <= scratch;
                2: s_axil_rdata <= limit;
                3: s_axil_rdata <= {31'b0, cause};
                default: s_axil_rdata <= 0;
            endcase
        end
        if (rst) begin
            {scratch, limit, count, cause, irq} <= 0;
            {s_axil_bvalid, s_axil_rvalid} <= 0;
            stat_ticks <= 0;
        end
    end
endmodule
