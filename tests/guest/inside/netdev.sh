# Interfaces of the kernel whose drivers are compartments: bh0 on 03.0 (e1000e), bh1 on 04.0 (virtio).
# At the other ends of their wires are 05.0 and 06.0, which the kernel drives, each in a network
# namespace of its own. A user without a privilege runs the drivers: root has made the interfaces.
. /bin/stacks.sh
e1000e=0000:00:03.0
virtio=0000:00:04.0

# on FUNCTION: what the cases below are about
on() {
  function=$1
  case $1 in
    $e1000e) interface=bh0 end=left there=10.9.1.2 ;;
    $virtio) interface=bh1 end=right there=10.9.2.2 ;;
  esac
}

# Until the first worker has its turn nobody answers, and who asks for an address gives up.
begins() {
  start_netdev $function $interface
  await ping -c 1 -W 5 $there
}
# What root has made stays there, without a carrier.
ends() {
  stops $1
  [ "$(carrier_of $interface)" = 0 ] || fail "$interface has a carrier without a driver"
}

case_bind() {
  huge_pages 16
  bulkhead bind $e1000e $virtio --user driver
  for number in 0 1; do
    make_interface bh$number
    ip address add 10.9.$((number + 1)).1/24 dev bh$number
  done
  move left 0000:00:05.0 10.9.1.2
  move right 0000:00:06.0 10.9.2.2
}

answers_pings() {
  ! ping -c 1 -W 1 $there >/dev/null || fail "something else forwards"
  begins
  ping -c 20 -i 0.05 $there
  enter $end ping -c 5 -i 0.05 -s 1400 ${there%2}1
  have_interrupted $function
  # The device's address is its own to give.
  mac=$(cat /sys/class/net/$interface/address)
  enter $end cat /proc/net/arp | grep "^${there%2}1 .* $mac " || fail "$interface has not $mac"
  grep -q "$mac" /tmp/forward.err || fail "it has not the device's address"
  ends 0
}
case_ping_e1000e() { on $e1000e; answers_pings; }
case_ping_virtio() { on $virtio; answers_pings; }

# What has come and gone at the other end of the wire
carried() { enter $end awk '/eth/ { printf "%.0f", $2 + $10 }' /proc/net/dev; }
# Another 64 KiB since there were $1, or the transfer is over
has_carried_on_from() { [ -e /tmp/over ] || [ "$(carried)" -ge $(($1 + 65536)) ]; }

# transfer_by_iperf3 ARGUMENTS...: as one connection, which an error ends. Makes /tmp/over.
transfer_by_iperf3() {
  trap 'touch /tmp/over' EXIT
  enter $end iperf3 -s -1 >/tmp/server 2>&1 &
  server=$!
  await enter $end sh -c 'netstat -lnt | grep -q ":5201 "'
  iperf3 -c $there "$@" >/tmp/client 2>&1 || fail "$(cat /tmp/client /tmp/server)"
  wait $server
}

# A worker dies again and again while bytes are on their way, no faster than a busy guest can kill.
dies_under_tcp() {
  begins
  in_vain=tell_of_stall
  deaths=0
  for way in "" --reverse; do
    rm -f /tmp/over
    began=$deaths
    (transfer_by_iperf3 --bytes 6M --bitrate 8M $way) &
    transferring=$!
    while [ ! -e /tmp/over ] && [ $deaths -lt $((began + 5)) ]; do
      await has_carried_on_from $(carried)
      [ ! -e /tmp/over ] || break
      kill_worker
    done
    wait $transferring
    measured "$function: $((deaths - began)) workers died under $(grep 'receiver' /tmp/client)"
    [ $((deaths - began)) -gt 1 ] || fail "too few have died meanwhile"
  done
  no_stray_access
  ends $deaths
}
case_tcp_e1000e() { on $e1000e; dies_under_tcp; }
case_tcp_virtio() { on $virtio; dies_under_tcp; }

# Once a second, for as long as the connection is to live.
dies_each_second() {
  begins
  deaths=0
  rm -f /tmp/over
  (transfer_by_iperf3 --time 60 --interval 5) &
  transferring=$!
  until [ -e /tmp/over ]; do
    sleep 1
    kill_worker
  done
  wait $transferring
  cat /tmp/client
  measured "$function: $deaths workers died under $(grep 'receiver' /tmp/client)"
  no_stray_access
  ends $deaths
}
case_minute_e1000e() { on $e1000e; dies_each_second; }
case_minute_virtio() { on $virtio; dies_each_second; }
