# PCI functions behind an IOMMU, given to uid 1000 through vfio-pci.
. /bin/helpers.sh
functions="0000:00:03.0 0000:00:04.0 0000:00:05.0"  # e1000e, virtio-net, the modelled 82599

case_iommu() {
  ls /sys/class/iommu
  [ -n "$(ls /sys/class/iommu)" ] || fail "there is no IOMMU"
  [ "$(cat /sys/kernel/iommu_groups/*/type | sort -u)" != identity ]
}

case_groups() {
  for function in $functions; do
    members=$(ls $devices/$function/iommu_group/devices)
    echo "group $(group_of $function): $members"
    [ "$members" = "$function" ] || fail "$function is not alone in its group"
  done
}

case_bind() {
  bulkhead bind $functions --user driver
  ls -ln /dev/vfio
  for function in $functions; do
    $as_driver sh -c "exec 3<>/dev/vfio/$(group_of $function)"
  done
}

case_list() {
  $as_driver bulkhead list
  for function in $functions; do
    $as_driver bulkhead list | grep -q "^$function .*$(group_of $function)" ||
      fail "$function is not listed with its group"
  done
}
