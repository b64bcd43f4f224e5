# The failure: somebody else's tasklet keeps ours waiting for longer than the ring lasts. Then the same load, and a design that bears it.
set -e
trace=/sys/kernel/tracing
stream() {
    name=$1
    shift
    insmod /pcie_daq.ko headers=0 "$@"
    echo 16384 > $trace/buffer_size_kb
    echo > $trace/trace
    echo 1 > $trace/events/irq/enable
    echo 1 > $trace/events/pcie_daq/enable
    insmod /busy_dpc.ko busy_ms=60 every_ms=300
    dd if=/dev/daq0 of=/tmp/copy bs=64k 2> /dev/null
    echo 0 > $trace/events/enable
    # While both modules are there: their functions have names.
    cat $trace/trace > "/out/$name.ftrace"
    rmmod busy_dpc
    figures "$name.figures"
    sha256sum < /tmp/copy | cut -d' ' -f1 > "/out/$name.sha256"
    rmmod pcie_daq
    echo 1 > "$CARD/reset"
    echo "$name: $(grep chunks_missing "/out/$name.figures")"
}
stream late ring_slots=2
stream cured ring_slots=512 per_cause=1
