# A file through the card, DMA, interrupts, the driver's DPC and read(). Every combination of message kind, routing and DPC. What finds every slot
# unread waits in the card: a machine that is busy with something else loses nothing.
set -e
stream() {
    name=$1
    shift
    insmod /pcie_daq.ko headers=0 ring_slots=64 when_full=2 "$@"
    if [ "$name" = mapped ]; then /daq_map.run /dev/daq0 > /tmp/copy; else dd if=/dev/daq0 of=/tmp/copy bs=64k 2> /dev/null; fi
    sha256sum < /tmp/copy | cut -d' ' -f1 > "/out/$name.sha256"
    figures "$name.figures"
    grep daq0 /proc/interrupts | awk '{ total += $2 } END { print "interrupts=" total }' >> "/out/$name.figures"
    rmmod pcie_daq
    # The source begins anew after a reset of the card.
    echo 1 > "$CARD/reset"
    echo "$name: $(cat "/out/$name.sha256")"
}
for interrupts in msi-x msi intx; do
    for routing in 0 1; do
        # A line has no vectors to route causes to.
        [ $interrupts$routing = intx1 ] && continue
        for threaded in 0 1; do
            name="$interrupts-$([ $routing = 1 ] && echo per-cause || echo shared)-$([ $threaded = 1 ] && echo threaded || echo tasklet)"
            stream "$name" interrupts=$interrupts per_cause=$routing threaded=$threaded
        done
    done
done
# The same, where the reader has the cyclic buffer in its own memory; and a ring of which the kernel has no such piece of memory, but a shorter one.
stream mapped ring_slots=1024
dmesg | grep "ring_slots=1024"
