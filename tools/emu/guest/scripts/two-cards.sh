# Two cards and one driver. Then the driver lets go of the second while one process reads it and another has mapped it, and gets it again.
set -e
FIRST=$CARD SECOND=/sys/bus/pci/devices/0000:02:00.0
driver=/sys/bus/pci/drivers/pcie_daq
copy() { dd if=/dev/$1 of=/tmp/$1 bs=64k < /dev/null 2> /dev/null; }
# What became of a card's stream.
account() {
    CARD=$1
    sha256sum < /tmp/$2 | cut -d' ' -f1 > /out/$3.sha256
    figures $3.figures
    grep $2 /proc/interrupts | awk '{ total += $2 } END { print "interrupts=" total }' >> /out/$3.figures
}
insmod /pcie_daq.ko headers=0 ring_slots=64 when_full=2
echo $(ls $FIRST/misc $SECOND/misc | grep daq) > /out/devices
copy daq0 &
copy daq1
wait $!
account $FIRST daq0 daq0
account $SECOND daq1 daq1
echo 1 > $SECOND/reset
/daq_cases.run /dev/daq1 &
waiting=$!
dd if=/dev/daq1 of=/dev/null bs=64k < /dev/null 2> /dev/null &
reader=$!
/daq_map.run /dev/daq1 > /dev/null 2>&1 &
mapper=$!
until ls -l /proc/$waiting/fd | grep -q daq1; do sleep 0.05; done
until [ "$(cat $SECOND/daq/chunks_delivered)" -gt 310 ]; do sleep 0.05; done
echo 0000:02:00.0 > $driver/unbind
status=0
wait $reader || status=$?
echo "read=$status" > /out/unbound.figures
status=0
wait $mapper || status=$?
echo "mapped=$status" >> /out/unbound.figures
status=0
wait $waiting || status=$?
echo "waited=$status" >> /out/unbound.figures
[ -e /dev/daq0 ]
[ ! -e /dev/daq1 ]
# Its number is free for the next, which is the same card after a reset.
echo 1 > $SECOND/reset
echo 0000:02:00.0 > $driver/bind
copy daq1
account $SECOND daq1 again
rmmod pcie_daq
# Both on one line, and the first is gone: its ISR is asked, and has nothing to do with the interrupts of the second.
echo 1 > $FIRST/reset
echo 1 > $SECOND/reset
insmod /pcie_daq.ko headers=0 ring_slots=64 when_full=2 interrupts=intx
grep -c 'daq0, daq1\|daq1, daq0' /proc/interrupts > /out/shared || true
dd if=/dev/daq0 of=/dev/null bs=64k < /dev/null 2> /dev/null &
until [ "$(cat $FIRST/daq/chunks_delivered)" -gt 10 ]; do sleep 0.05; done
echo "guest: remove"
read -r _ < /dev/console
status=0
wait $! || status=$?
left=$(cat $FIRST/daq/isrs_of_others) asked=$(cat $SECOND/daq/isrs)
copy daq1
account $SECOND daq1 beside
echo "reader=$status left=$(($(cat $FIRST/daq/isrs_of_others) - left)) asked=$(($(cat $SECOND/daq/isrs) - asked))" | tr ' ' '\n' > /out/gone.figures
rmmod pcie_daq
echo "complaints=$(dmesg | grep -c -e BUG -e WARNING -e Oops -e 'nobody cared')" >> /out/unbound.figures
echo "$(cat /out/devices)"
