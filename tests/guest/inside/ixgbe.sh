# The kernel's own ixgbe on Bulkhead's model of an 82599. The peer at 10.7.0.1 is a TAP interface of
# the host, where peer.py serves data at port 5000 and takes it at port 5001.
peer=10.7.0.1

case_probe() {
  [ -e /sys/class/net/eth0 ] || fail "there is no eth0"
  [ "$(basename "$(readlink /sys/class/net/eth0/device/driver)")" = ixgbe ]
}

await_link() {
  for _ in $(seq 100); do
    [ "$(cat /sys/class/net/eth0/carrier)" = 1 ] && return 0
    sleep 0.1
  done
  fail "no link within 10 s"
}

case_link() {
  ip address add 10.7.0.2/24 dev eth0
  ip link set eth0 up
  await_link
  [ "$(cat /sys/class/net/eth0/speed)" = 10000 ]
}

case_ping() {
  ping -c 5 -i 0.2 -W 2 $peer
}

case_tcp() {
  nc $peer 5000 </dev/null >/tmp/data
  [ "$(md5sum </tmp/data | cut -d' ' -f1)" = "$(parameter sum)" ] || fail "other bytes came"
  [ "$(nc $peer 5001 </tmp/data)" = good ]
}

counter() { ethtool -S eth0 | sed -n "s/^ *$1: //p"; }

case_counters() {
  for name in rx_packets tx_packets rx_bytes tx_bytes rx_pkts_nic tx_pkts_nic rx_bytes_nic \
    tx_bytes_nic; do
    value=$(counter $name)
    echo "$name $value"
    [ "$value" -gt 0 ] || fail "$name is ${value:-not there}"
  done
  for name in rx_errors rx_crc_errors rx_missed_errors tx_timeout_count rx_csum_offload_errors; do
    [ "$(counter $name)" = 0 ] || fail "$name is $(counter $name)"
  done
}

case_self_test() {
  ethtool -t eth0 offline
  await_link
}

case_jumbo() {
  ip link set eth0 mtu 9000
  await_link
  ping -c 3 -i 0.2 -W 2 -s 8000 $peer
  ip link set eth0 mtu 1500
}

case_reload() {
  rmmod ixgbe
  [ ! -e /sys/class/net/eth0 ]
  insmod /modules/ixgbe.ko
  case_link
  case_ping
}

case_quiet() {
  dmesg -c >>/tmp/kernel.log
  ! grep -iE 'ixgbe.*(warn|fail|error|unsupported|hang|not valid)|WARNING:|BUG:|Oops|Call Trace' \
    /tmp/kernel.log
}
