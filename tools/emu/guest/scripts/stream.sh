# A file through the card, DMA, interrupts, the driver's DPC and read(). Every combination of message kind, routing and DPC. What finds every slot
# unread waits in the card: a machine that is busy with something else loses nothing.
set -e
stream() {
    name=$1
    shift
    insmod /pcie_daq.ko headers=0 ring_slots=64 when_full=2 "$@"
    case $name in
    mapped) /daq_map.run /dev/daq0 > /tmp/copy ;;
    cases) /daq_cases.run /dev/daq0 200 "$CARD/daq/card_produced" ;;
    slow)
        exec 3< /dev/daq0
        until [ "$(cat "$CARD/daq/chunks_copied")" = 200 ]; do sleep 0.05; done
        dd of=/tmp/copy bs=64k <&3 2> /dev/null
        exec 3<&-
        ;;
    *) dd if=/dev/daq0 of=/tmp/copy bs=64k 2> /dev/null ;;
    esac
    echo "guest: streamed $name"
    read -r _ < /dev/console
    sha256sum < /tmp/copy | cut -d' ' -f1 > "/out/$name.sha256"
    figures "$name.figures"
    grep daq0 /proc/interrupts | awk '{ total += $2 } END { print "interrupts=" total }' >> "/out/$name.figures"
    rmmod pcie_daq
    # The source begins anew after a reset of the card.
    echo 1 > "$CARD/reset"
    echo "$name: $(cat "/out/$name.sha256")"
}
# The driver says no to what it cannot do, and no card is bound.
for wrong in interrupts=line rearm_policy=5 when_full=3 cyclic_chunks=0 cyclic_chunks=1048577; do
    insmod /pcie_daq.ko $wrong
    [ ! -e /dev/daq0 ]
    dmesg | grep -q "$wrong: expected"
    rmmod pcie_daq
done
policy=0
for interrupts in msi-x msi intx; do
    for routing in 0 1; do
        # A line has no vectors to route causes to.
        [ $interrupts$routing = intx1 ] && continue
        for threaded in 0 1; do
            name="$interrupts-$([ $routing = 1 ] && echo per-cause || echo shared)-$([ $threaded = 1 ] && echo threaded || echo tasklet)"
            # Each policy has its turn; a line has none. A slot that is the only one keeps the last chunk until the next has come.
            slots=$([ "$name" = msi-per-cause-tasklet ] && echo 1 || echo 64)
            stream "$name" interrupts=$interrupts per_cause=$routing threaded=$threaded rearm_policy=$((policy++ % 5)) ring_slots=$slots
        done
    done
done
# The same, where the reader has the cyclic buffer in its own memory; and a ring of which the kernel has no such piece of memory, but a shorter one.
stream mapped ring_slots=1024
dmesg | grep "ring_slots=1024"
# What a reader may get wrong, how it waits, and chunks with their headers.
stream cases headers=1
# A reader for whom the cyclic buffer keeps as many chunks as it was told to, rounded up; there is no place for the others.
stream slow cyclic_chunks=3
