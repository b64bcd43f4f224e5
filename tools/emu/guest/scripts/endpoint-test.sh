# Somebody else's driver, whose purpose is to try a card: the kernel's own, for the test function of PCI endpoints.
insmod /pci_endpoint_test.ko || exit
/cases.run > /out/cases
status=$?
echo "$(grep -c ': ok' /out/cases) cases passed"
rmmod pci_endpoint_test
# What failed is told one by one by who reads them.
[ $status -le 1 ]
