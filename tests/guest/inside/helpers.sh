# For scripts of cases: PCI functions in sysfs, and programs as uid 1000.
devices=/sys/bus/pci/devices

# What a driver process may lock.
ulimit -l 65536
# QEMU's e1000e does not send a frame that lies across two pages which do not follow each other: its
# driver needs buffers on huge pages here.
huge_pages() { echo "$1" >/proc/sys/vm/nr_hugepages; }

group_of() { basename "$(readlink $devices/$1/iommu_group)"; }
driver_of() { basename "$(readlink $devices/$1/driver)"; }

# By its path: the shell has a setpriv of its own, which knows less. A variable, since a function in
# the background would have a process of its own, to which $! belongs.
as_driver="/bin/setpriv --reuid 1000 --regid 1000 --clear-groups --"

# What a passing run is to print as well.
measured() { echo "measured: $*"; }

# In hundredths of a second
uptime() { sed 's/\([0-9]*\)\.\([0-9]*\) .*/\1\2/' /proc/uptime; }

# await COMMAND...: until it succeeds; its output is of no interest. The minute is a guest's whose
# processors have much else to do. If it is in vain, the case may have more to tell: $in_vain.
in_vain=true
await() {
  patience=1200
  while ! "$@" >/dev/null 2>&1; do
    patience=$((patience - 1))
    [ $patience -gt 0 ] || {
      [ ! -e /tmp/forward.err ] || tail -n 5 /tmp/forward.err
      $in_vain
      fail "waited in vain for: $*"
    }
    usleep 50000
  done
}

# refused WORDS COMMAND...: it fails with exit code 1, and with an error that has these words.
refused() {
  words=$1
  shift
  code=0
  "$@" >/tmp/answer 2>&1 || code=$?
  cat /tmp/answer
  [ $code = 1 ] || fail "exit code $code of: $*"
  grep -qF -- "$words" /tmp/answer || fail "the answer does not say '$words'"
}

# start COMMAND...: a forwarder, both of whose links are up when it returns. $forward is its process.
start() {
  # What the one before said is not to be taken for this one's.
  rm -f /tmp/forward.err
  "$@" >/tmp/forward.out 2>/tmp/forward.err &
  forward=$!
  await grep -q '^B: .*link up' /tmp/forward.err
}
start_forward() { start $as_driver bulkhead forward "$@"; }

# Its exit code is this function's.
stop_forward() {
  kill -INT $forward
  wait $forward
}

# A guest whose host is busy counts too much processor time for a worker: its clock goes on while it
# does not compute, and it takes its TSC, which that time is read from, for slower than it is. The
# kernel then tells of processors that were stuck for minutes within seconds.
patient="--hang-limit 60000"

# Of a compartment's broker, $forward: the one that works first, then the one that waits
workers() { cat /proc/$forward/task/*/children | tr ' ' '\n' | grep . | sort -n; }
has_workers() { [ "$(workers | wc -l)" = 2 ]; }
# The one that works: of the broker's children one may have been dead for a while.
worker() {
  next=$(sed -n 's/.*worker \([0-9]*\) took over.*/\1/p' /tmp/forward.err | tail -n 1)
  [ -n "$next" ] || await has_workers
  echo ${next:-$(workers | head -n 1)}
}
took_over() { grep -c 'took over' /tmp/forward.err || true; }
have_taken_over() { [ "$(took_over)" = $1 ]; }
# Counts in $deaths, which a case begins with 0.
kill_worker() {
  kill -9 $(worker)
  deaths=$((deaths + 1))
  await have_taken_over $deaths
}

# stops DEATHS: cleanly, after so many
stops() {
  stop_forward
  cat /tmp/forward.err
  grep "\"deaths\": $1," /tmp/forward.out || fail "$(cat /tmp/forward.out)"
}

# An interface that is there before its driver is: root makes it for the user. With the ip of
# iproute2: the shell has one of its own, which knows less.
make_interface() {
  chmod 666 /dev/net/tun # as udev does it
  /bin/ip tuntap add dev $1 mode tap user driver
  ip link set $1 up
}
carrier_of() { cat /sys/class/net/$1/carrier; }
has_carrier() { [ "$(carrier_of $1)" = 1 ]; }

# start_netdev FUNCTION NAME: its carrier is on when it returns. $forward is its process.
start_netdev() {
  rm -f /tmp/forward.err
  $as_driver bulkhead run netdev $1 --name $2 --mtu 1500 $patient --json \
    >/tmp/forward.out 2>/tmp/forward.err &
  forward=$!
  await has_carrier $2
}

are_gone() {
  for process in "$@"; do
    [ ! -e /proc/$process ] || return 1
  done
}
