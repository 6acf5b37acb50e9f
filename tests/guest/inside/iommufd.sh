# An e1000e and a virtio-net on one wire, reached by uid 1000 over VFIO's character devices.
. /bin/ports.sh
e1000e=0000:00:03.0
virtio=0000:00:04.0

node_of() { echo /dev/vfio/devices/"$(ls $devices/"$1"/vfio-dev)"; }

case_nodes() {
  [ -c /dev/iommu ] || fail "there is no /dev/iommu"
}

case_bind() {
  huge_pages 32
  bulkhead bind $e1000e $virtio --user driver
  for function in $e1000e $virtio; do
    ls -l "$(node_of $function)"
    [ "$(stat -c %u "$(node_of $function)")" = 1000 ]
  done
}

# opens NODES...: a process that has both functions has these nodes open, no others.
opens() {
  start_forward $e1000e $virtio
  # It closes others meanwhile.
  for fd in /proc/$forward/fd/*; do readlink $fd || true; done |
    grep -E '^/dev/(vfio|iommu)' | sort -u >/tmp/opened
  stop_forward
  cat /tmp/opened
  [ "$(cat /tmp/opened)" = "$(printf '%s\n' "$@" | sort)" ]
}

case_group_where_iommufd_is_closed() {
  chmod 600 /dev/iommu
  opens /dev/vfio/vfio /dev/vfio/"$(group_of $e1000e)" /dev/vfio/"$(group_of $virtio)"
}

case_character_devices() {
  chmod 666 /dev/iommu
  opens /dev/iommu "$(node_of $e1000e)" "$(node_of $virtio)"
}

exchange() { $as_driver bulkhead exchange "$@" $e1000e $virtio; }
case_polling() { exchange --poll --frames 50000; }
case_interrupts() { while_interrupted "$e1000e $virtio" exchange --frames 200000; }

case_stray_write() {
  $as_driver stray_dma $virtio $e1000e receive >/tmp/stray 2>&1 || fail "$(cat /tmp/stray)"
  cat /tmp/stray
  grep -q "^$e1000e: the IOMMU has stopped a DMA write at 0x7700.*, which is not mapped" /tmp/stray
}

case_unbind() {
  bulkhead unbind $e1000e $virtio
  [ ! -e /dev/vfio/devices ] || [ -z "$(ls /dev/vfio/devices)" ]
}
