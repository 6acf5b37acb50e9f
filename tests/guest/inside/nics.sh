# Two wires: 03.0 and 04.0 are on one, 05.0 and 06.0 on the other. One process forwards between two
# functions, another one sends frames through it with the two on the far ends, and counts and
# compares what arrives. 07.0 and 08.0 are on a wire of their own, and have no MSI-X.
. /bin/ports.sh
split_0=0000:00:03.0
e1000e=0000:00:04.0
split_1=0000:00:05.0
packed=0000:00:06.0
lines="0000:00:07.0 0000:00:08.0"
each_way=50000

case_bind() {
  huge_pages 32
  bulkhead bind $split_0 $e1000e $split_1 $packed $lines --user driver
}

# exchange X Y OPTION...: 50,000 frames each way
exchange() { $as_driver bulkhead exchange --frames $each_way "$@"; }

# forwards FROM TO COMMAND...: the frames that the command sends through it
forwards() {
  start_forward $1 $2 --json $polling
  shift 2
  cat /tmp/forward.err
  "$@"
  stop_forward
  for way in a_to_b b_to_a; do
    grep "\"forwarded_$way\"" /tmp/forward.out
    forwarded=$(sed -n "s/.*\"forwarded_$way\": \([0-9]*\).*/\1/p" /tmp/forward.out)
    [ "$forwarded" -ge $each_way ] || fail "forwarded $forwarded frames"
  done
}

polls() {
  polling=--poll
  forwards $1 $2 exchange $3 $4 --poll
}
interrupts() {
  polling=
  forwards $1 $2 while_interrupted "$*" exchange $3 $4
}

case_polling_e1000e_packed() { polls $e1000e $packed $split_0 $split_1; }
case_polling_split() { polls $split_0 $split_1 $e1000e $packed; }
case_interrupts_e1000e_packed() { interrupts $e1000e $packed $split_0 $split_1; }
case_interrupts_split() { interrupts $split_0 $split_1 $e1000e $packed; }

case_idle() {
  start_forward $e1000e $packed
  idles $forward
  stop_forward
}

# A line that nobody unmasks fires once.
case_interrupt_lines() {
  while_interrupted "$lines" exchange $lines
}
