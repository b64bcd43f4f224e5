# The card through everything that starts it anew, or takes it away. Which boot of the machine this is, the host knows.
set -e
bar=$(head -n 1 "$CARD/resource" | cut -d' ' -f1)
# SCRATCH keeps what is written, until the card begins anew.
scratch=$((bar + 8))
enable() { echo 1 > "$CARD/enable"; }
expect() {
    found=$(devmem $scratch 32)
    [ "$found" = "$2" ] && echo "$1: $found" && return
    echo "$1: SCRATCH is $found; expected $2"
    exit 1
}
enable
echo "guest: which boot is this?"
read -r boot < /dev/console
if [ "$boot" = first ]; then
    devmem $scratch 32 0x12345678
    expect written 0x12345678
    echo 1 > "$CARD/reset"
    expect "function-level reset" 0x00000000
    devmem $scratch 32 0x12345678
    echo 1 > "$CARD/remove"
    [ ! -e "$CARD" ]
    echo 1 > /sys/bus/pci/rescan
    enable
    expect "removed and found again" 0x12345678
    reboot -f
fi
expect "second boot" 0x00000000
# Its slot is switched off in mid-stream: the driver lets go of it, and whoever reads is told. The card holds back: without a file of the memory
# its writes may be late by more than the ring.
insmod /pcie_daq.ko interrupts=msi headers=0 when_full=2
dd if=/dev/daq0 of=/dev/null bs=64k < /dev/null 2> /dev/null &
until [ "$(cat "$CARD/daq/chunks_delivered")" -gt 50 ]; do sleep 0.05; done
figures figures
for slot in /sys/bus/pci/slots/*; do [ "$(cat "$slot/address")" = 0000:01:00 ] && echo 0 > "$slot/power"; done
[ ! -e "$CARD" ]
status=0
wait $! || status=$?
echo "reader=$status" >> /out/figures
echo "guest: is the card free?"
read -r answer < /dev/console
[ "$answer" = free ]
echo unplugged
