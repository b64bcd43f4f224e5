# The card through everything that starts it anew, or takes it away. Which boot of the machine this is, the host knows.
set -e
bar=$(head -n 1 "$CARD/resource" | cut -d' ' -f1)
# It reads as the complement of what was written, and as zero when the card begins anew.
liveness=$((bar + 4))
enable() { echo 1 > "$CARD/enable"; }
expect() {
    found=$(devmem $liveness 32)
    [ "$found" = "$2" ] && echo "$1: $found" && return
    echo "$1: LIVENESS is $found; expected $2"
    exit 1
}
enable
echo "guest: which boot is this?"
read -r boot < /dev/console
if [ "$boot" = first ]; then
    devmem $liveness 32 0x12345678
    expect written 0xEDCBA987
    echo 1 > "$CARD/reset"
    expect "function-level reset" 0x00000000
    devmem $liveness 32 0x12345678
    echo 1 > "$CARD/remove"
    [ ! -e "$CARD" ]
    echo 1 > /sys/bus/pci/rescan
    enable
    expect "removed and found again" 0xEDCBA987
    reboot -f
fi
expect "second boot" 0x00000000
for slot in /sys/bus/pci/slots/*; do [ "$(cat "$slot/address")" = 0000:01:00 ] && echo 0 > "$slot/power"; done
[ ! -e "$CARD" ]
echo "guest: is the card free?"
read -r answer < /dev/console
[ "$answer" = free ]
echo unplugged
