# A guest without an IOMMU, where root reaches functions through sysfs. 03.0 and 04.0 are on one
# wire, with 07.0, which the guest's kernel drives; 05.0 and 06.0 are on another, with a network that
# QEMU makes up: a gateway at 10.0.2.2, and a server at 10.0.2.100 that sends /tmp/data's bytes.
. /bin/ports.sh
e1000e_0=0000:00:03.0
modern=0000:00:04.0
legacy=0000:00:05.0
e1000e_1=0000:00:06.0
kernels=0000:00:07.0
frames=50000

case_no_groups() {
  [ -z "$(ls /sys/class/iommu)" ] && [ -z "$(ls /sys/kernel/iommu_groups)" ]
}

case_refused_without_the_flag() {
  refused "it is in no IOMMU group" bulkhead exchange $e1000e_0 $modern
}

case_refused_without_huge_pages() {
  refused "huge" bulkhead exchange $no_iommu $e1000e_0 $modern
  huge_pages 48
}

case_refused_while_the_kernel_drives_it() {
  refused "the kernel's driver virtio-pci has it" bulkhead exchange $no_iommu $e1000e_0 $modern
  for function in $modern $legacy; do
    echo "$function" >$devices/$function/driver/unbind
  done
}

case_refused_to_a_user() {
  refused "root" $as_driver bulkhead exchange $no_iommu $e1000e_0 $modern
}

case_modern() {
  bulkhead exchange $no_iommu --frames $frames $e1000e_0 $modern
}

case_legacy() {
  bulkhead exchange $no_iommu --frames $frames $e1000e_1 $legacy
}

case_forward() {
  start bulkhead forward $no_iommu $e1000e_0 $legacy
  cat /tmp/forward.err
  interface=$(basename $devices/$kernels/virtio*/net/*)
  ip address add 10.0.2.15/24 dev "$interface"
  ip link set "$interface" up
  ping -c 5 -i 0.2 -W 2 10.0.2.2
  timeout 30 nc 10.0.2.100 5000 </dev/null >/tmp/data
  [ "$(md5sum </tmp/data | cut -d' ' -f1)" = "$(parameter sum)" ] || fail "other bytes came"
  stop_forward
  cat /tmp/forward.out
}
