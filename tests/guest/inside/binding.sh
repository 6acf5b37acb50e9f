# 03.0 (e1000e), 05.0 and 08.0 are on one wire, 04.0 (virtio) and 06.0 on another. The kernel drives
# all of them at first, and 05.0 and 06.0 to the end: as 10.9.0.5 and 10.9.0.6, each in a network
# namespace of its own, with nothing but `bulkhead forward` between the wires.
. /bin/stacks.sh
e1000e=0000:00:03.0
virtio=0000:00:04.0
left=0000:00:05.0
right=0000:00:06.0
nvme=0000:00:07.0
bystander=0000:00:08.0
address=10.9.0.3

case_list() {
  $as_driver bulkhead list
  $as_driver bulkhead list >/tmp/list
  grep -q "^$e1000e .*driver e1000e .*group $(group_of $e1000e) .*82574" /tmp/list
  grep -q "^$virtio .*driver virtio-pci .*group $(group_of $virtio) .*virtio" /tmp/list
  grep -q "^$nvme .*nvme .*driver nvme .*group $(group_of $nvme) .*free" /tmp/list
}

case_doctor_before() {
  refused "$e1000e is not bound to vfio-pci: its driver is e1000e" $as_driver bulkhead doctor $e1000e
  grep -q "^finding .*huge pages: 2 MiB pages of node0: 0 of 0 free" /tmp/answer
  ! grep -q "cannot tell" /tmp/answer
}

# Nothing of it has changed.
is_kernels() {
  [ "$(driver_of $1)" = $2 ] || fail "its driver is $(driver_of $1)"
  [ "$(cat $devices/$1/driver_override)" = "(null)" ]
  [ ! -e /run/bulkhead/bound/$1 ]
}

case_address_refused() {
  interface=$(interface_of $e1000e)
  ip address add $address/24 dev $interface
  ip link set $interface up
  refused "$e1000e is in use: $interface is up with address $address" bulkhead bind $e1000e
  is_kernels $e1000e e1000e
  $as_driver bulkhead list | grep "^$e1000e .*in use: $interface is up with address $address"
}

case_default_route_refused() {
  ip route add default via 10.9.0.1
  refused "$(interface_of $e1000e) has the default route" bulkhead bind $e1000e
  is_kernels $e1000e e1000e
  ip route del default
}

case_mounted_refused() {
  mke2fs /dev/nvme0n1 >/dev/null
  mkdir -p /tmp/disk
  mount -t ext4 /dev/nvme0n1 /tmp/disk
  echo precious >/tmp/disk/file
  refused "$nvme is in use: nvme0n1 is mounted at /tmp/disk" bulkhead bind $nvme --user driver
  is_kernels $nvme nvme
  [ "$(cat /tmp/disk/file)" = precious ]
  umount /tmp/disk
}

case_swap_refused() {
  mkswap /dev/nvme0n1 >/dev/null
  swapon /dev/nvme0n1
  refused "$nvme is in use: nvme0n1 is swap space" bulkhead bind $nvme
  is_kernels $nvme nvme
  swapoff /dev/nvme0n1
}

case_not_root_refused() {
  refused "only root can change which driver a device has" $as_driver bulkhead bind $virtio
  is_kernels $virtio virtio-pci
}

# What it prints are commands, which do the same.
case_dry_run() {
  bulkhead bind $nvme --user driver --dry-run >/tmp/script
  cat /tmp/script
  is_kernels $nvme nvme
  sh -ex /tmp/script
  [ "$(driver_of $nvme)" = vfio-pci ]
  $as_driver sh -c "exec 3<>/dev/vfio/$(group_of $nvme)"
  bulkhead unbind $nvme --dry-run >/tmp/script
  cat /tmp/script
  [ "$(driver_of $nvme)" = vfio-pci ]
  bulkhead unbind $nvme
  is_kernels $nvme nvme
  await test -b /dev/nvme0n1
}

case_forced() {
  interface=$(interface_of $e1000e)
  bulkhead bind $e1000e --force 2>/tmp/answer
  cat /tmp/answer
  grep -q "$interface is up with address $address.*: you lose connections to $address" /tmp/answer
  [ "$(driver_of $e1000e)" = vfio-pci ]
  bulkhead unbind $e1000e
  is_kernels $e1000e e1000e
}

case_bind() {
  huge_pages 16
  bulkhead bind $e1000e $virtio --user driver
  for function in $e1000e $virtio; do
    [ "$(driver_of $function)" = vfio-pci ]
    ls -ln /dev/vfio/$(group_of $function)
    $as_driver sh -c "exec 3<>/dev/vfio/$(group_of $function)"
  done
  move_both
  ip link set $(interface_of $bystander) up
}

case_doctor_after() {
  $as_driver bulkhead doctor $e1000e
  $as_driver bulkhead doctor $virtio --json | grep -q '"verdict": "good"'
  sh -c "ulimit -l 1000; exec $as_driver bulkhead doctor $e1000e" | grep "finding .*may lock 1000 KiB"
}

case_ping() {
  ! enter left ping -c 1 -W 1 10.9.0.6 >/dev/null || fail "there is another way between them"
  start_forward $e1000e $virtio
  enter left ping -c 20 -i 0.05 10.9.0.6
  enter right ping -c 5 -i 0.05 -s 1400 10.9.0.5
  stop_forward
}

case_tcp_polling() {
  start_forward $e1000e $virtio --poll
  transfer 2097152
  stop_forward
  cat /tmp/forward.out
}

case_tcp_interrupts() {
  start_forward $e1000e $virtio
  transfer 2097152
  have_interrupted $e1000e $virtio
  stop_forward
  cat /tmp/forward.out
}

case_open_refused() {
  start_forward $e1000e $virtio
  refused "$e1000e is open in process $forward (bulkhead)" bulkhead unbind $e1000e
  refused "another process has it" $as_driver bulkhead forward $e1000e $virtio
  stop_forward
}

# Requests go on all the time: without a forwarder none is answered, and the devices hold still.
case_takeover() {
  start_forward $e1000e $virtio
  start_pinging
  await_answers 20
  is_bus_master $e1000e
  is_bus_master $virtio
  dmesg -c >>/tmp/kernel.log

  kill -9 $forward
  wait $forward || true
  ! is_bus_master $e1000e || fail "$e1000e may still access memory"
  ! is_bus_master $virtio || fail "$virtio may still access memory"
  none_is_answered
  no_stray_access

  $as_driver bulkhead forward $e1000e $virtio 2>/tmp/forward.err &
  forward=$!
  await has_more_answers_than $before
  no_stray_access
  kill -9 $forward
  killed=$(uptime)
  wait $forward || true
  before=$(answers)
  $as_driver bulkhead forward $e1000e $virtio 2>/tmp/forward.err &
  forward=$!
  await has_more_answers_than $before
  # On a busy host an emulated machine has taken a minute: for people to read, not to be judged.
  measured "from the kill to the first answer through a new process: $(($(uptime) - killed))0 ms"
  stop_pinging
  stop_forward
}

case_kernel_again() {
  bulkhead unbind $e1000e $virtio
  is_kernels $e1000e e1000e
  is_kernels $virtio virtio-pci
  interface=$(interface_of $e1000e)
  ip address add $address/24 dev $interface
  ip link set $interface up
  ping -c 3 -i 0.2 10.9.0.5
}
