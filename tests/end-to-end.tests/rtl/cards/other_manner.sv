// A card as others write it: names in capitals, an active-low reset, a parameter, no interrupt.
module other_manner #(parameter int WIDTH = 12, parameter bit [31:0] IDENTITY = 32'h0) (
    input logic S_AXI_ACLK, input logic S_AXI_ARESETN,

    input logic [WIDTH-1:0] S_AXI_AWADDR, input logic [2:0] S_AXI_AWPROT, input logic S_AXI_AWVALID, output logic S_AXI_AWREADY,
    input logic [31:0] S_AXI_WDATA, input logic [3:0] S_AXI_WSTRB, input logic S_AXI_WVALID, output logic S_AXI_WREADY,
    output logic [1:0] S_AXI_BRESP, output logic S_AXI_BVALID, input logic S_AXI_BREADY,
    input logic [WIDTH-1:0] S_AXI_ARADDR, input logic [2:0] S_AXI_ARPROT, input logic S_AXI_ARVALID, output logic S_AXI_ARREADY,
    output logic [31:0] S_AXI_RDATA, output logic [1:0] S_AXI_RRESP, output logic S_AXI_RVALID, input logic S_AXI_RREADY,

    output logic [7:0] LEDS
);
    logic [31:0] scratch;

    wire write = S_AXI_AWVALID && S_AXI_WVALID && !S_AXI_BVALID;
    wire read = S_AXI_ARVALID && !S_AXI_RVALID;
    assign S_AXI_AWREADY = write, S_AXI_WREADY = write, S_AXI_BRESP = 0, S_AXI_ARREADY = read, S_AXI_RRESP = 0, LEDS = scratch[7:0];

    always_ff @(posedge S_AXI_ACLK or negedge S_AXI_ARESETN)
        if (!S_AXI_ARESETN) begin
            scratch <= 32'hC0FFEE;
            S_AXI_BVALID <= 0;
            S_AXI_RVALID <= 0;
        end else begin
            if (S_AXI_BREADY) S_AXI_BVALID <= 0;
            if (S_AXI_RREADY) S_AXI_RVALID <= 0;
            if (write) S_AXI_BVALID <= 1;
            for (int i = 0; i < 4; i++)
                if (write && S_AXI_AWADDR == 4 && S_AXI_WSTRB[i]) scratch[8 * i +: 8] <= S_AXI_WDATA[8 * i +: 8];
            if (read) begin
                S_AXI_RVALID <= 1;
                S_AXI_RDATA <= S_AXI_ARADDR == 0 ? IDENTITY : S_AXI_ARADDR == 4 ? scratch : 0;
            end
        end
endmodule
