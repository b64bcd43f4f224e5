-- The smallest card in VHDL: one register, which asks for an interrupt when it is written, until that is acknowledged.
-- ghdl --synth makes Verilog of it; docs/rtl.md.
library ieee;
use ieee.std_logic_1164.all;

entity blinker is
    port (
        clk, rst : in std_logic;
        s_axil_awaddr : in std_logic_vector(11 downto 0);
        s_axil_awvalid : in std_logic;
        s_axil_awready : out std_logic;
        s_axil_wdata : in std_logic_vector(31 downto 0);
        s_axil_wstrb : in std_logic_vector(3 downto 0);
        s_axil_wvalid : in std_logic;
        s_axil_wready : out std_logic;
        s_axil_bresp : out std_logic_vector(1 downto 0);
        s_axil_bvalid : out std_logic;
        s_axil_bready : in std_logic;
        s_axil_araddr : in std_logic_vector(11 downto 0);
        s_axil_arvalid : in std_logic;
        s_axil_arready : out std_logic;
        s_axil_rdata : out std_logic_vector(31 downto 0);
        s_axil_rresp : out std_logic_vector(1 downto 0);
        s_axil_rvalid : out std_logic;
        s_axil_rready : in std_logic;
        irq_req : out std_logic;
        irq_ack : in std_logic
    );
end entity;

architecture rtl of blinker is
    signal value : std_logic_vector(31 downto 0);
    signal answered, read : std_logic;
    signal takes_write, takes_read : std_logic;
begin
    takes_write <= s_axil_awvalid and s_axil_wvalid and not answered;
    takes_read <= s_axil_arvalid and not read;
    s_axil_awready <= takes_write;
    s_axil_wready <= takes_write;
    s_axil_arready <= takes_read;
    s_axil_bvalid <= answered;
    s_axil_rvalid <= read;
    s_axil_bresp <= "00";
    s_axil_rresp <= "00";
    s_axil_rdata <= value;

    process (clk)
    begin
        if rising_edge(clk) then
            if irq_ack = '1' then
                irq_req <= '0';
            end if;
            if s_axil_bready = '1' then
                answered <= '0';
            end if;
            if s_axil_rready = '1' then
                read <= '0';
            end if;
            if takes_write = '1' then
                answered <= '1';
                if s_axil_awaddr(11 downto 2) = "0000000000" then
                    for b in 0 to 3 loop
                        if s_axil_wstrb(b) = '1' then
                            value(8 * b + 7 downto 8 * b) <= s_axil_wdata(8 * b + 7 downto 8 * b);
                        end if;
                    end loop;
                    irq_req <= '1';
                end if;
            end if;
            if takes_read = '1' then
                read <= '1';
            end if;
            if rst = '1' then
                value <= (others => '0');
                answered <= '0';
                read <= '0';
                irq_req <= '0';
            end if;
        end if;
    end process;
end architecture;
