# 03.0 and 04.0 are virtio functions with two queue pairs each, on TAP interfaces of the host, where
# flows.py sends frames through them.
. /bin/ports.sh
split=0000:00:03.0
packed=0000:00:04.0

# As last seen while both functions were open.
interrupts_of_pair() { # FUNCTION PAIR
  awk -v name="vfio-msix[$2]($1)" 'index($0, name) { print $2 + $3 }' /tmp/interrupts
}

case_forward() {
  huge_pages 32
  bulkhead bind $split $packed --user driver
  start_forward $split $packed --queues 2 --idle 5 --json
  while kill -0 $forward 2>/dev/null; do
    grep vfio-msix /proc/interrupts >/tmp/sampled || true
    [ "$(wc -l </tmp/sampled)" -lt 4 ] || mv /tmp/sampled /tmp/interrupts
    usleep 200000
  done
  wait $forward
  forwarded=$(sed -n 's/.*"forwarded": \([0-9]*\).*/\1/p' /tmp/forward.out)
  [ "$forwarded" -ge "$(parameter frames)" ] || fail "forwarded $forwarded frames"
}

case_both_pairs_received() {
  for function in $split $packed; do
    for pair in 0 1; do
      count=$(interrupts_of_pair $function $pair)
      echo "$function, pair $pair: $count interrupts"
      [ "$count" -gt 0 ] || fail "a pair has received nothing"
    done
  done
}
