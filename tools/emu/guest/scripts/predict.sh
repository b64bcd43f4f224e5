# The card streams, another driver's tasklet and the loopback interface keep softirqs busy, and the kernel records its interrupts.
set -e
trace=/sys/kernel/tracing
ifconfig lo up
insmod /pcie_daq.ko headers=0 ring_slots=64 when_full=2
insmod /busy_dpc.ko busy_ms=1 every_ms=7
echo 16384 > $trace/buffer_size_kb
echo 1 > $trace/events/irq/enable
ping -q -A -c 1000 127.0.0.1 > /dev/null &
dd if=/dev/daq0 of=/tmp/copy bs=64k < /dev/null 2> /dev/null
echo 0 > $trace/events/enable
cat $trace/trace > /out/predict.ftrace
kill $! 2> /dev/null || true
rmmod busy_dpc
rmmod pcie_daq
echo "$(grep -c softirq_raise /out/predict.ftrace) requests recorded"
