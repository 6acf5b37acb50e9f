# For scripts of cases: functions that are Bulkhead's ports.
. /bin/helpers.sh
no_iommu=--no-iommu-i-know-dma-can-write-anywhere

# How many interrupts have come of a function that VFIO has, at all processors.
interrupts_of() {
  awk -v name="($1)" 'index($0, "vfio") && index($0, name) {
    for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i
  } END { print sum + 0 }' /proc/interrupts
}

# More than once: what fires a single time has not been made ready again.
has_interrupted() { [ "$(interrupts_of "$1")" -gt 1 ]; }

# have_interrupted FUNCTION...
have_interrupted() {
  for function in "$@"; do
    echo "$function: $(interrupts_of $function) interrupts"
    has_interrupted $function || fail "$function has not interrupted"
  done
}

# Of a process's threads but the first, in hundredths of a second
time_of_workers() {
  cat /proc/$1/task/*/stat | awk -v first=$1 '$1 != first { sum += $14 + $15 } END { print sum + 0 }'
}
time_of_all() { awk '{ print $14 + $15 }' /proc/$1/stat; }

# A share of the hundredths of a second that have passed, in tenths of a percent
share() { echo $(($1 * 1000 / $2)); }
percent() { echo "$(($1 / 10)).$(($1 % 10)) %"; }

# idles PROCESS: for five seconds in which nothing arrives. A worker that looks at its ports all the
# time computes all the time. The first thread reads the devices' counters, for which an emulated
# machine needs as long as its busy host makes it: of that, the figure only.
idles() {
  sleep 1
  began=$(uptime)
  workers=$(time_of_workers $1)
  all=$(time_of_all $1)
  sleep 5
  passed=$(($(uptime) - began))
  workers=$(share $(($(time_of_workers $1) - workers)) $passed)
  all=$(share $(($(time_of_all $1) - all)) $passed)
  measured "processor time of an idle forward: $(percent $all), of its worker: $(percent $workers)"
  [ "$(ls /proc/$1/task | wc -l)" -gt 1 ] || fail "it has no worker"
  [ $workers -lt 300 ] || fail "its worker does not sleep"
}

# while_interrupted "FUNCTION..." COMMAND...: it succeeds, and meanwhile each function interrupts. The
# kernel counts for as long as the command has the functions open.
while_interrupted() {
  quiet=$1
  shift
  "$@" &
  command=$!
  while [ -n "$quiet" ] && kill -0 $command 2>/dev/null; do
    for function in $quiet; do
      ! has_interrupted $function || quiet=$(echo $quiet | sed "s/$function//")
    done
  done
  wait $command
  [ -z "$quiet" ] || fail "has not interrupted: $quiet"
}
