# 03.0 and 04.0 are on one wire. Behind the root port 05.0 there is a function that can be switched
# off, on a wire with 06.0; behind the bridge 07.0 there are two functions in one group.
. /bin/helpers.sh
e1000e=0000:00:03.0
virtio=0000:00:04.0
root_port=0000:00:05.0
far_end=0000:00:06.0
bridge=0000:00:07.0
# behind PORT DEVICE.FUNCTION: it has a bus of its own
behind() { basename $devices/$1/0000:*:$2; }

case_no_vfio_pci() {
  rmmod vfio_pci
  refused "this kernel has no driver vfio-pci" bulkhead bind $e1000e --user driver
  refused "sudo modprobe vfio-pci" bulkhead bind $e1000e --user driver
  insmod /modules/vfio_pci.ko
}

case_no_type1() {
  bulkhead bind $e1000e $virtio --user driver
  rmmod vfio_iommu_type1
  refused "(sudo modprobe vfio_iommu_type1)" $as_driver bulkhead forward $e1000e $virtio
  insmod /modules/vfio_iommu_type1.ko
}

case_no_permission() {
  bulkhead unbind $virtio
  bulkhead bind $virtio
  node=/dev/vfio/$(group_of $virtio)
  refused "$node belongs to another user: sudo bulkhead bind $virtio --user" \
    $as_driver bulkhead forward $e1000e $virtio
  bulkhead bind $virtio --user driver
}

# A limit that each refusal names lets the next mapping pass, and the last is what the doctor tells.
case_little_memlock() {
  limit=12000
  for mapping in "rings of A" "frames for B" "rings of B"; do
    (
      ulimit -l $limit
      refused "this process may lock $limit KiB of memory" $as_driver bulkhead forward $e1000e $virtio
      echo "without room for the $mapping"
    )
    needed=$(sed -n 's/.*it needs \([0-9]*\) KiB for this.*/\1/p' /tmp/answer)
    [ "$needed" -gt $limit ] || fail "needs $needed KiB with a limit of $limit"
    limit=$needed
  done
  (
    ulimit -l 12000
    refused "ulimit -l $limit " $as_driver bulkhead doctor $e1000e
  )
  (
    ulimit -l $limit
    start_forward $e1000e $virtio
    stop_forward
  )
}

# `bind` does not take half a group; and if somebody else has done so, opening it is refused.
case_foreign_member() {
  ours=$(behind $bridge 01.0)
  foreign=$(behind $bridge 02.0)
  refused "shares IOMMU group $(group_of $ours) with $foreign (e1000)" bulkhead bind $ours
  echo vfio-pci >$devices/$ours/driver_override
  echo $ours >/sys/bus/pci/drivers_probe
  chown driver /dev/vfio/$(group_of $ours)
  refused "the kernel still drives other functions of IOMMU group" \
    $as_driver bulkhead forward $ours $virtio
  grep -qF "sudo bulkhead bind $foreign" /tmp/answer
  bulkhead bind $ours $foreign --user driver
  refused "no driver here knows the device 8086:100e" $as_driver bulkhead forward $foreign $virtio
}

case_log_not_readable() {
  sysctl -w kernel.dmesg_restrict=1
  start_forward $e1000e $virtio
  stop_forward
  grep 'warning: an access that the IOMMU stops will not be reported here: /dev/kmsg: ' \
    /tmp/forward.err
}

# strays FROM TO DIRECTION ACCESS FUNCTION
strays() {
  sleep 5 # of an Intel IOMMU's faults the kernel tells ten in five seconds
  huge_pages 16
  sysctl -w kernel.dmesg_restrict=0
  dmesg -c >>/tmp/kernel.log
  $as_driver stray_dma $1 $2 $3 >/tmp/stray 2>&1 || fail "$(cat /tmp/stray)"
  cat /tmp/stray
  grep -q "^$2: the IOMMU has stopped a DMA $4 at 0x7700.*, which is not mapped" /tmp/stray
  dmesg | grep -i "DMAR.*DMA $4.*\[${2#0000:}\] fault addr 0x7700"
}

case_stray_write_e1000e() { strays $virtio $e1000e receive write; }
case_stray_read_e1000e() { strays $virtio $e1000e send read; }
case_stray_write_virtio() { strays $e1000e $virtio receive write; }
case_stray_read_virtio() { strays $e1000e $virtio send read; }

# A function that has a bus to itself can be reset, whatever it supports of its own.
case_reset() {
  near_end=$(behind $root_port 00.0)
  bulkhead bind $near_end --user driver
  $as_driver reset_function $near_end
  refused "the function has no reset" $as_driver reset_function $virtio
}

# copy_config FROM TO OFFSET BYTES: one at a time
copy_config() { dd if=$1 of=$2 bs=1 skip=$3 seek=$3 count=$4 conv=notrunc 2>/dev/null; }

# Without its bus numbers and memory a port forwards nothing: what is behind it answers with ones
# only, as if it had been pulled out (PCI-to-PCI bridge 1.2, 3.2.5). Then it is there again, since the
# kernel waits a minute for a device that it cannot reset.
goes_away() {
  config=$devices/$root_port/config
  dd if=$config of=/tmp/config bs=64 count=1 2>/dev/null
  copy_config /dev/zero $config 24 3
  copy_config /dev/zero $config 4 1
  gone=$(uptime)
  await grep -q "$near_end: its configuration space answers with ones only" /tmp/forward.err
  took=$(($(uptime) - gone))
  measured "from a device's end to the message of it: ${took}0 ms"
  # The ports are looked at ten times a second; an emulated machine on a busy host needs longer, but
  # less than the minute that the kernel may take.
  [ $took -lt 3000 ] || fail "it took longer than 30 s"
  copy_config /tmp/config $config 24 3
  copy_config /tmp/config $config 4 1
  code=0
  wait $forward || code=$?
  cat /tmp/forward.err
  [ $code = 1 ] || fail "exit code $code"
}

case_device_gone() {
  near_end=$(behind $root_port 00.0)
  bulkhead bind $near_end $far_end --user driver
  start_forward $near_end $far_end
  goes_away
}

case_device_of_a_compartment_gone() {
  near_end=$(behind $root_port 00.0)
  start $as_driver bulkhead run forward $near_end $far_end
  await has_workers
  both=$(workers)
  goes_away
  are_gone $both || fail "a worker lives on"
}

case_device_of_an_interface_gone() {
  near_end=$(behind $root_port 00.0)
  make_interface bh0
  start_netdev $near_end bh0
  await has_workers
  both=$(workers)
  goes_away
  are_gone $both || fail "a worker lives on"
  [ "$(carrier_of bh0)" = 0 ] || fail "the interface has a carrier without a device"
}
