# PCI functions behind an IOMMU, given to uid 1000 through vfio-pci.
functions="0000:00:03.0 0000:00:04.0 0000:00:05.0"  # e1000e, virtio-net, the modelled 82599
devices=/sys/bus/pci/devices

group_of() { basename "$(readlink $devices/$1/iommu_group)"; }

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

bind() {
  [ ! -e $devices/$1/driver ] || echo "$1" >$devices/$1/driver/unbind
  echo vfio-pci >$devices/$1/driver_override
  echo "$1" >/sys/bus/pci/drivers_probe
  [ "$(basename "$(readlink $devices/$1/driver)")" = vfio-pci ] || fail "$1 is not vfio-pci's"
  chown driver:driver /dev/vfio/"$(group_of "$1")"
  chmod 600 /dev/vfio/"$(group_of "$1")"
}

# By its path: the shell has a setpriv of its own, which knows less.
as_driver() { /bin/setpriv --reuid 1000 --regid 1000 --clear-groups -- "$@"; }

case_bind() {
  chmod 666 /dev/vfio/vfio
  for function in $functions; do
    bind $function
  done
  ls -ln /dev/vfio
  for function in $functions; do
    as_driver sh -c "exec 3<>/dev/vfio/$(group_of $function)"
  done
}

case_list() {
  as_driver bulkhead list
  for function in $functions; do
    as_driver bulkhead list | grep -q "^$function .*$(group_of $function)" ||
      fail "$function is not listed with its group"
  done
}
