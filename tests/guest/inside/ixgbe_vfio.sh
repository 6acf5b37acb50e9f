# Pairs of modelled 82599s behind an IOMMU, driven by uid 1000. What is on their wires verifies
# the frames.
. /bin/ports.sh
fast="0000:00:05.0 0000:00:06.0"
slow="0000:00:07.0 0000:00:08.0"
silent="0000:00:09.0 0000:00:0a.0"

case_bind() {
  huge_pages 32
  bulkhead bind $fast $slow $silent --user driver
}

case_polling() {
  $as_driver bulkhead forward --poll --count 100000 $fast
}

case_interrupts() {
  while_interrupted "$slow" $as_driver bulkhead forward --count 20000 $slow
}

case_idle() {
  start_forward $silent
  idles $forward
  stop_forward
}

case_no_iommu_is_refused() {
  refused "VFIO can reach it" bulkhead forward $no_iommu --count 1 $fast
}

case_unbind() {
  bulkhead unbind $fast $slow $silent
  for function in $fast $slow $silent; do
    [ ! -e $devices/$function/driver ] || fail "$function has a driver still"
  done
}
