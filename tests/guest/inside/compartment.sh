# 03.0 (e1000e), 05.0 and 07.0 are on one wire, 04.0 (virtio) and 06.0 on another. The kernel drives
# 05.0 and 06.0, each in a network namespace of its own, with nothing but `bulkhead run forward`
# between, and 07.0, which only takes in what comes.
. /bin/stacks.sh
e1000e=0000:00:03.0
virtio=0000:00:04.0
left=0000:00:05.0
right=0000:00:06.0
bystander=0000:00:07.0
huge=16

start_run() { start $as_driver bulkhead run forward $e1000e $virtio $patient --json; }

case_bind() {
  huge_pages $huge
  bulkhead bind $e1000e $virtio --user driver
  move_both
  ip link set $(interface_of $bystander) up
}

case_ping() {
  ! enter left ping -c 1 -W 1 10.9.0.6 >/dev/null || fail "there is another way between them"
  start_run
  enter left ping -c 20 -i 0.05 10.9.0.6
  enter right ping -c 5 -i 0.05 -s 1400 10.9.0.5
  have_interrupted $e1000e $virtio
  stops 0
  # All the layers that this kernel has.
  ! grep lacks /tmp/forward.err | grep -v 'lacks: no-new-code ([^)]*)$'
}

# Of the functions a worker has the pages with its queues' registers: two of the 82574's, and the one
# that virtio's doorbells are on.
case_worker_has() {
  start_run
  working=$(worker)
  # Its channel is the last thing that it had to be told.
  await sh -c "! ls -l /proc/$working/fd | grep -q memfd"
  ls -l /proc/$working/fd
  ! ls -l /proc/$working/fd | grep vfio || fail "it has a device's descriptor"
  grep -E '^(Uid|Cap...|NoNewPrivs|Seccomp):' /proc/$working/status >/tmp/status
  cat /tmp/status
  for line in 'Uid:.1000' 'CapPrm:.0*$' 'CapEff:.0*$' 'NoNewPrivs:.1' 'Seccomp:.2'; do
    grep -q "^$line" /tmp/status || fail "no $line"
  done
  grep vfio-device /proc/$working/maps
  awk '/vfio-device/ { split($1, ends, "-"); print ends[1], ends[2] }' /proc/$working/maps |
    while read -r first last; do
      [ $((0x$last - 0x$first)) = 4096 ] || fail "more than a page"
    done
  [ "$(grep -c vfio-device /proc/$working/maps)" = 3 ] || fail "other pages than those"
  stops 0
}

case_worker_killed() {
  start_run
  dmesg -c >>/tmp/kernel.log
  start_pinging
  deaths=0
  for number in 1 2 3; do
    await_answers 10
    kill_worker
  done
  await_answers 10
  no_stray_access
  ! grep 'DUP!' /tmp/answers || fail "a frame has come twice"
  stop_pinging
  stops 3
  for time in $(sed -n 's/.*took over, \([0-9.]*\) ms.*/\1/p' /tmp/forward.err); do
    measured "from a worker's death to the next one's turn: $time ms"
  done
}

came() { stat -c %s /tmp/got 2>/dev/null || echo 0; }
# Another 256 KiB have come since there were $1, or the transfer is over, or its second way has begun.
has_come_on_from() { [ -e /tmp/over ] || [ "$(came)" -lt $1 ] || [ "$(came)" -ge $(($1 + 262144)) ]; }

# A worker dies again and again while bytes are on their way.
case_tcp() {
  start_run
  in_vain=tell_of_stall
  began=$(uptime)
  (
    trap 'touch /tmp/over' EXIT
    transfer 4194304
  ) &
  transferring=$!
  deaths=0
  while [ ! -e /tmp/over ] && [ $deaths -lt 10 ]; do
    await has_come_on_from $(came)
    kill_worker
  done
  wait $transferring
  measured "4 MiB each way over TCP in $(($(uptime) - began))0 ms, $deaths workers died under it"
  stops $deaths
  [ $deaths -gt 2 ] || fail "too few have died meanwhile"
}

case_second_instance() {
  start_run
  refused "another process has it" $as_driver bulkhead run forward $e1000e $virtio
  start_pinging
  await_answers 5
  stop_pinging
  stops 0
}

all_pages_are_free() { grep -q "^HugePages_Free: *$huge$" /proc/meminfo; }

# Without their broker they end, the devices hold still, and the memory is free again.
case_broker_killed() {
  start_run
  start_pinging
  await_answers 10
  await has_workers
  both=$(workers)
  dmesg -c >>/tmp/kernel.log
  kill -9 $forward
  killed=$(uptime)
  await are_gone $both
  measured "from the broker's death until its workers are seen to be gone: $(($(uptime) - killed))0 ms"
  wait $forward || true
  ! is_bus_master $e1000e || fail "$e1000e may still access memory"
  ! is_bus_master $virtio || fail "$virtio may still access memory"
  await all_pages_are_free
  none_is_answered
  no_stray_access
  stop_pinging
}

case_again() {
  start_run
  enter left ping -c 5 -i 0.05 10.9.0.6
  stops 0
  bulkhead unbind $e1000e $virtio
}
