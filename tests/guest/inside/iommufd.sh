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

opened() { readlink /proc/"$1"/fd/* | sort -u | grep -E '^/dev/(vfio|iommu)'; }

# opens NODES OPTION...: an exchange succeeds, and has these nodes open meanwhile, no others.
opens() {
  expected=$1
  shift
  $as_driver bulkhead exchange --frames 100000 "$@" $e1000e $virtio 2>/tmp/exchange.err &
  exchange=$!
  await 20 grep -q '^B: .*link up' /tmp/exchange.err
  opened $exchange >/tmp/opened
  wait $exchange
  cat /tmp/opened
  [ "$(cat /tmp/opened)" = "$(printf '%s\n' $expected)" ]
}

case_group_where_iommufd_is_closed() {
  chmod 600 /dev/iommu
  opens "/dev/vfio/$(group_of $e1000e) /dev/vfio/$(group_of $virtio) /dev/vfio/vfio" --poll
  chmod 666 /dev/iommu
}

case_polling() {
  opens "/dev/iommu $(node_of $e1000e) $(node_of $virtio)" --poll
}

case_interrupts() {
  rm /dev/vfio/vfio /dev/vfio/[0-9]*
  while_interrupted "$e1000e $virtio" \
    $as_driver bulkhead exchange --frames 50000 $e1000e $virtio
}

# strays FROM TO DIRECTION ACCESS
strays() {
  $as_driver stray_dma $1 $2 $3
  dmesg | grep -i "DMAR.*DMA $4.*\[${2#0000:}\] fault addr 0x7700"
}

case_stray_write() { strays $e1000e $virtio receive write; }
case_stray_read() { strays $virtio $e1000e send read; }

case_unbind() {
  bulkhead unbind $e1000e $virtio
  [ ! -e /dev/vfio/devices ] || [ -z "$(ls /dev/vfio/devices)" ]
}
