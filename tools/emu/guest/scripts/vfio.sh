# The driver model drives functions of this machine through VFIO: what the kernel needs, then runs of shipped scenarios, then what must be refused.
for module in irqbypass vfio vfio_iommu_type1 vfio-pci-core vfio-pci; do insmod /$module.ko; done
EDU=0000:00:04.0 NVME=0000:01:00.0
# What is shared between processor and clock is slow here: time passes as slowly for the scenario.
SLOWLY="--set run.pacing=wall-clock --set run.time-scale"
export HOME=/tmp
bind() {
    echo vfio-pci > /sys/bus/pci/devices/$1/driver_override
    [ -e /sys/bus/pci/devices/$1/driver ] && echo $1 > /sys/bus/pci/devices/$1/driver/unbind
    echo $1 > /sys/bus/pci/drivers_probe
}
drive() { /dotnet/dotnet /app/driver-model.dll --log-level warn "$@"; }
bind $EDU
bind $NVME
drive --card vfio:$EDU --scenario /edu.toml $SLOWLY=0.05 --json --record /out/edu.tlps > /out/edu.report 2> /out/edu.errors
echo "edu=$?" > /out/status.figures
drive --card vfio:$NVME --scenario /nvme.toml $SLOWLY=0.01 --duration 20ms --json > /out/nvme.report 2> /out/nvme.errors
echo "nvme=$?" >> /out/status.figures
cat /out/*.report /out/*.errors
# When the system wants it back, whoever has it ends; until then it hardly takes the processor.
drive --card vfio:$EDU --scenario /edu.toml $SLOWLY=0.01 --duration 10min > /out/gone.output 2>&1 &
until grep -q vfio-msi /proc/interrupts; do usleep 200000; done
# Nobody else gets it meanwhile.
drive --card vfio:$EDU --scenario /edu.toml $SLOWLY=0.01 > /out/busy.output 2>&1
echo "busy=$?" >> /out/status.figures
echo $EDU > /sys/bus/pci/devices/$EDU/driver/unbind
wait $!
echo "gone=$?" >> /out/status.figures
cat /out/*.output
