# The conformance suite against a function of this machine through VFIO.
for module in irqbypass vfio vfio_iommu_type1 vfio-pci-core vfio-pci; do insmod /$module.ko; done
EDU=0000:00:04.0
export HOME=/tmp
echo vfio-pci > /sys/bus/pci/devices/$EDU/driver_override
echo $EDU > /sys/bus/pci/drivers_probe
/dotnet/dotnet /app/emu.dll check vfio:$EDU --profile /qemu-edu.toml > /out/check.output 2>&1
cat /out/check.output
