# Somebody else's driver, the kernel's own: what is written to the disk is read back from it.
set -e
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -b /dev/nvme0n1 ] && break
    sleep 1
done
cat /sys/class/nvme/nvme0/model /sys/block/nvme0n1/size
dd if=/dev/urandom of=/tmp/data bs=64k count=128 2> /dev/null
dd if=/tmp/data of=/dev/nvme0n1 bs=64k conv=fsync 2> /dev/null
# What is read comes from the disk, not from the kernel's memory of it.
echo 3 > /proc/sys/vm/drop_caches
dd if=/dev/nvme0n1 of=/tmp/copy bs=64k count=128 2> /dev/null
sha256sum < /tmp/data | cut -d' ' -f1 > /out/written
sha256sum < /tmp/copy | cut -d' ' -f1 > /out/read
echo "blocks=$(cat /sys/block/nvme0n1/size)" > /out/figures
echo "vectors=$(grep -c nvme0q /proc/interrupts)" >> /out/figures
grep nvme0q /proc/interrupts | awk '{ for (i = 2; i <= 3; i++) total += $i } END { print "interrupts=" total }' >> /out/figures
# An orderly end: the driver deletes its queues and shuts the controller down.
echo 0000:01:00.0 > /sys/bus/pci/drivers/nvme/unbind
