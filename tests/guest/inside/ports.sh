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

# while_interrupted "FUNCTION..." COMMAND...: it succeeds, and meanwhile each function interrupts.
while_interrupted() {
  interrupting=$1
  shift
  "$@" &
  command=$!
  for function in $interrupting; do
    await has_interrupted "$function"
    echo "$function interrupts"
  done
  wait $command
}
