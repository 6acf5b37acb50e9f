# An e1000e and a virtio-net on one wire, behind virtio's IOMMU, driven by uid 1000.
. /bin/ports.sh
e1000e=0000:00:03.0
virtio=0000:00:04.0
functions="$e1000e $virtio"

# With this IOMMU a function gets its group when the first driver does: here, the kernel's own.
case_groups() {
  for function in $functions; do
    await test -e $devices/$function/iommu_group
    echo "$function is in group $(group_of $function)"
  done
  [ -e /sys/bus/virtio/drivers/virtio_iommu/virtio0 ] || fail "there is no virtio-iommu"
}

# This IOMMU remaps no interrupts, so that a device could forge them: in a guest of a test that does
# no harm.
case_unsafe_interrupts_are_refused() {
  huge_pages 32
  bulkhead bind $functions --user driver
  refused "interrupt" $as_driver bulkhead exchange --frames 1 $functions
  echo 1 >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
}

case_polling() {
  $as_driver bulkhead exchange --poll --frames 50000 $functions
}

case_interrupts() {
  while_interrupted "$functions" $as_driver bulkhead exchange --frames 200000 $functions
}

# QEMU does not tell whether it was a read or a write. One device alone: the kernel tells ten faults
# in five seconds at most, and this one repeats its own.
case_stray_write() {
  sysctl -w kernel.dmesg_restrict=0
  $as_driver stray_dma $virtio $e1000e receive >/tmp/stray 2>&1 || fail "$(cat /tmp/stray)"
  cat /tmp/stray
  grep -q "^$e1000e: the IOMMU has stopped a DMA access at 0x7700.*, which is not mapped" /tmp/stray
  dmesg | grep "virtio_iommu.*page fault from EP 24 at 0x7700" | head -3
}
