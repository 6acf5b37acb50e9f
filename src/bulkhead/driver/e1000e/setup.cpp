#include "bulkhead/driver/e1000e/setup.hpp"

#include <algorithm>
#include <thread>

#include "bulkhead/base/deadline.hpp"

namespace bulkhead::e1000e {

using regs::Value;
using std::chrono::milliseconds;

namespace {

constexpr uint32_t crc_size = 4;
constexpr uint32_t vlan_tag_size = 4;
/// Half of the packet buffer's 40 KiB, as after power-on: two frames of the largest MTU fit each
/// half.
constexpr uint32_t receive_buffer_kib = 20;
constexpr uint32_t most_buffer_kib = 15;

}  // namespace

Result<> set_up_receive(Bar& bar, Iova ring, uint32_t ring_bytes, RxFormat format,
                        uint32_t buffer_size, uint32_t largest_frame) {
  bar.write(pba::RXA(receive_buffer_kib));
  bar.write(Value<RDBAL>{ring.low()});
  bar.write(Value<RDBAH>{ring.high()});
  bar.write(Value<RDLEN>{ring_bytes});
  bar.write(Value<RDH>{0});
  bar.write(Value<RDT>{0});
  bar.write(Value<RDTR>{0});
  bar.write(Value<RADV>{0});
  // GRAN: thresholds count descriptors. WTHRESH 1 writes each back at once; Intel's driver says
  // that jumbo frames want the others.
  bar.write(rxdctl::PTHRESH(32) | rxdctl::HTHRESH(4) | rxdctl::WTHRESH(1) | rxdctl::GRAN());
  bar.write(Value<MRQC>{});  // no RSS: everything goes to queue 0
  // Legacy descriptors want IPPCSE and PCSD clear (7.1.3.2).
  bar.write(Value<RXCSUM>{});
  // With RCTL.DTYP = 00b: without packet split.
  bar.write(bar.read<RFCTL>().with(rfctl::EXSTEN, format == RxFormat::extended ? 1 : 0));
  auto rctl =
      rctl::BAM() | rctl::SECRC() | rctl::FLXBUF(std::min(buffer_size / 1024, most_buffer_kib));
  // Without LPE the device drops what is longer than 1,522 bytes with CRC. With it there is no
  // other limit than 16 KiB: what does not fit a buffer is spread over several, and the queue drops
  // it.
  if (largest_frame - vlan_tag_size + crc_size > 1518) rctl = rctl | rctl::LPE();
  bar.write(rctl);
  return bar.health();
}

Result<> enable_receive(Bar& bar) {
  bar.set(rctl::EN());
  return bar.health();
}

Result<> set_up_transmit(Bar& bar, Iova ring, uint32_t ring_bytes) {
  bar.write(Value<TDBAL>{ring.low()});
  bar.write(Value<TDBAH>{ring.high()});
  bar.write(Value<TDLEN>{ring_bytes});
  bar.write(Value<TDH>{0});
  bar.write(Value<TDT>{0});
  bar.write(txdctl::PTHRESH(31) | txdctl::HTHRESH(1) | txdctl::WTHRESH(1) | txdctl::reserved_22() |
            txdctl::GRAN());
  // IEEE 802.3's 16 attempts after a collision, and the collision distance of full duplex.
  bar.write(bar.read<TCTL>().with(tctl::CT, 15).with(tctl::COLD, 63) | tctl::PSP() | tctl::RTLC());
  return bar.health();
}

Result<> enable_transmit(Bar& bar) {
  bar.set(tctl::EN());
  return bar.health();
}

void finish_sending(Bar& bar, std::chrono::milliseconds limit) {
  wait_until([&] { return bar.read<TDH>().bits() == bar.read<TDT>().bits() || !bar.health(); },
             limit, std::chrono::microseconds{100});
}

Result<> stop_units(Bar& bar) {
  bar.clear(rctl::EN());
  bar.clear(tctl::EN());
  // The units finish the frame that they are at: a jumbo frame takes 7.4 ms at 10 Mb/s.
  std::this_thread::sleep_for(milliseconds{10});
  return bar.health();
}

}  // namespace bulkhead::e1000e
