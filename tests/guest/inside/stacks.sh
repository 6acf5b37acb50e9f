# For scripts of cases: two network stacks of the kernel, left and right, which reach each other only
# through what is tested. $left and $right are the functions that the kernel drives for them.
. /bin/ports.sh

interface_of() { basename "$(ls -d $devices/$1/net/* $devices/$1/virtio*/net/* 2>/dev/null)"; }

# enter NAME COMMAND...: in the namespace of $left or $right
enter() {
  keeper=$(cat /tmp/$1)
  shift
  nsenter -t $keeper -n "$@"
}

is_elsewhere() { [ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/1/ns/net)" ]; }

# move NAME FUNCTION ADDRESS: its interface goes into a namespace
move() {
  interface=$(interface_of $2)
  unshare -n sleep 1000 &
  echo $! >/tmp/$1
  await is_elsewhere $!
  ip link set $interface netns $!
  enter $1 ip address add $3/24 dev $interface
  enter $1 ip link set $interface up
}
move_both() {
  move left $left 10.9.0.5
  move right $right 10.9.0.6
}

# transfer BYTES: each way
transfer() {
  head -c $1 /dev/urandom >/tmp/data
  for way in "left right 10.9.0.6" "right left 10.9.0.5"; do
    set -- $way
    enter $2 nc -l -p 5000 -e sh -c 'cat >/tmp/got' &
    listener=$!
    await enter $2 sh -c 'netstat -lnt | grep -q ":5000 "'
    enter $1 nc $3 5000 </tmp/data
    wait $listener
    cmp /tmp/data /tmp/got || fail "other bytes came"
  done
}

# A connection that stands still: do frames get lost, or is nobody sending? Twice, to see what moves.
# (In /proc/net/tcp "tr" of 01 is a retransmission that waits for "tm->when" jiffies.)
tell_of_stall() {
  for moment in first second; do
    for name in left right; do
      enter $name grep -hE ':|sl ' /proc/net/dev /proc/net/tcp
    done
    grep -hE ':|sl ' /proc/net/dev /proc/net/tcp
    grep vfio /proc/interrupts
    for process in $(workers); do
      echo "$(cut -d' ' -f 1-3,14,15 /proc/$process/stat) in $(cat /proc/$process/wchan)"
    done
    sleep 2
  done
}

# Requests from left to right go on all the time until stop_pinging.
start_pinging() {
  enter left ping -i 0.02 10.9.0.6 >/tmp/answers &
  pinging=$!
}
stop_pinging() { kill $pinging; }
answers() { wc -l </tmp/answers; }
has_more_answers_than() { [ "$(answers)" -gt $1 ]; }
await_answers() { await has_more_answers_than $(($(answers) + $1)); }
sent_by() { enter $1 awk '/eth/ { print $11 }' /proc/net/dev; }
has_sent() { [ "$(sent_by $1)" -ge $2 ]; }

# Requests are sent, and none is answered.
none_is_answered() {
  # The last answers may be on their way to ping.
  await has_sent left $(($(sent_by left) + 20))
  before=$(answers)
  await has_sent left $(($(sent_by left) + 50))
  [ "$(answers)" = "$before" ] || fail "something else forwards"
}

is_bus_master() { [ $(($(od -An -tu1 -j4 -N1 $devices/$1/config) & 4)) != 0 ]; }
no_stray_access() { ! dmesg | grep 'DMAR:.*fault' || fail "a device has accessed memory"; }
