# What goes wrong with hardware goes wrong in mid-stream, and the driver bears it or says so.
set -e
ask() {
    echo "guest: $1"
    read -r _ < /dev/console
}
# Nobody is told of a chunk before the source has ended, and then once, of all: what waits is not the end of the stream, nor for one run of the DPC.
# Of a ring that is shorter than that, the first are left, or the last.
unheard() {
    name=$1
    shift
    insmod /pcie_daq.ko headers=0 "$@"
    ask mute
    dd if=/dev/daq0 of=/tmp/copy bs=64k < /dev/null 2> /dev/null &
    ask speak
    status=0
    wait $! || status=$?
    figures "$name.figures"
    echo "reader=$status" >> "/out/$name.figures"
    sha256sum < /tmp/copy | cut -d' ' -f1 > "/out/$name.sha256"
    rmmod pcie_daq
    echo 1 > "$CARD/reset"
}
unheard mute ring_slots=512 when_full=2
unheard dropped ring_slots=4 when_full=1
unheard overwritten ring_slots=4 when_full=0
# A DPC that copies one chunk leaves the others where they are.
insmod /pcie_daq.ko drain_one=1 when_full=2
ask mute
dd if=/dev/daq0 of=/dev/null bs=64k < /dev/null 2> /dev/null &
ask "three and speak"
until [ "$(cat "$CARD/daq/dpcs")" -gt 1 ]; do sleep 0.05; done
figures one.figures
kill $!
wait $! || true
rmmod pcie_daq
echo 1 > "$CARD/reset"
stream() {
    name=$1
    insmod /pcie_daq.ko headers=0 ring_slots=64 when_full=2
    dd if=/dev/daq0 of=/tmp/copy bs=64k < /dev/null 2> /dev/null &
    reader=$!
    while [ "$(cat "$CARD/daq/chunks_copied")" -lt 50 ]; do sleep 0.05; done
    if [ "$name" = function-reset ]; then
        echo 1 > "$CARD/reset"
    else
        echo "guest: fault $name"
        read -r _ < /dev/console
    fi
    status=0
    wait $reader || status=$?
    # A card that is gone cannot be asked.
    figures "$name.figures" "$([ "$name" = surprise-removal ] && echo /card_)"
    echo "reader=$status" >> "/out/$name.figures"
    sha256sum < /tmp/copy | cut -d' ' -f1 > "/out/$name.sha256"
    wc -c < /tmp/copy > "/out/$name.bytes"
    rmmod pcie_daq
    [ "$name" = surprise-removal ] || echo 1 > "$CARD/reset"
    echo "$name: status $status of the reader, $(cat "/out/$name.bytes") bytes"
}
for fault in msi-dropped msi-duplicated completion-error corrupted-payload function-reset surprise-removal; do stream $fault; done
