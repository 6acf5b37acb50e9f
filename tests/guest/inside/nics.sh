# Two wires: 03.0 and 04.0 are on one, 05.0 and 06.0 on the other. One process forwards between two
# functions, another one sends frames through it with the two on the far ends, and counts and
# compares what arrives.
. /bin/helpers.sh
split_0=0000:00:03.0
e1000e=0000:00:04.0
split_1=0000:00:05.0
packed=0000:00:06.0
each_way=50000

case_bind() {
  huge_pages 32
  bulkhead bind $split_0 $e1000e $split_1 $packed --user driver
}

# forwards FROM TO X Y OPTION...: 100,000 frames of X and Y
forwards() {
  ends="$3 $4"
  inner="$1 $2"
  shift 4
  start_forward $inner --json "$@"
  cat /tmp/forward.err
  $as_driver bulkhead exchange $ends --frames $each_way "$@"
  stop_forward
  for way in a_to_b b_to_a; do
    grep "\"forwarded_$way\"" /tmp/forward.out
    forwarded=$(sed -n "s/.*\"forwarded_$way\": \([0-9]*\).*/\1/p" /tmp/forward.out)
    [ "$forwarded" -ge $each_way ] || fail "forwarded $forwarded frames"
  done
}

case_polling_e1000e_packed() { forwards $e1000e $packed $split_0 $split_1 --poll; }
case_polling_split() { forwards $split_0 $split_1 $e1000e $packed --poll; }
case_interrupts_e1000e_packed() { forwards $e1000e $packed $split_0 $split_1; }
case_interrupts_split() { forwards $split_0 $split_1 $e1000e $packed; }
