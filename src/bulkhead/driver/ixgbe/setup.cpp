#include "bulkhead/driver/ixgbe/setup.hpp"

#include <thread>

#include "bulkhead/base/deadline.hpp"

namespace bulkhead::ixgbe {

using regs::Value;
using std::chrono::milliseconds;

namespace {

constexpr uint32_t crc_size = 4;
constexpr uint32_t vlan_tag_size = 4;
constexpr uint32_t receive_buffer = 512;   // KiB, 4.6.11.3.4: without DCB all of it is one
constexpr uint32_t transmit_buffer = 160;  // KiB
/// Room for the largest frame, in KiB.
constexpr uint32_t largest_frame_room = 10;
/// SRRCTL.DESCTYPE: advanced descriptors, one buffer (8.2.3.8.7).
constexpr uint32_t advanced_one_buffer = 0b001;

}  // namespace

Result<> set_up_receive_unit(Bar& bar, uint32_t largest_frame) {
  bar.clear(rxctrl::RXEN());
  bar.write(0, rxpbsize::SIZE(receive_buffer));
  for (uint32_t i = 1; i < RXPBSIZE::count; ++i) bar.write(i, Value<RXPBSIZE>{});
  // 4.6.3.2: set even without flow control, to the buffer less 0x6000 bytes; it counts 32 bytes.
  bar.write(0, fcrth::RTH((receive_buffer * 1024 - 0x6000) / 32));
  bar.set(hlreg0::TXCRCEN() | hlreg0::RXCRCSTRP() | hlreg0::TXPADEN());
  bar.clear(hlreg0::LPBK());
  // JUMBOEN admits frames above 1,518 bytes (8.2.3.22.8), up to MAXFRS, which counts the CRC but
  // not a VLAN tag (8.2.3.22.13).
  const uint32_t untagged = largest_frame - vlan_tag_size + crc_size;
  if (untagged > 1518) bar.set(hlreg0::JUMBOEN());
  bar.write(maxfrs::MFS(untagged));
  // CRCSTRIP as in HLREG0 and RSCFRSTSIZE 0 (4.6.7); RSCACKC and FCOE_WRFIX 1 (8.2.3.8.8).
  const auto rdrxctl = bar.read<RDRXCTL>();
  bar.write(rdrxctl.with(rdrxctl::RSCFRSTSIZE, 0) | rdrxctl::CRCSTRIP() | rdrxctl::RSCACKC() |
            rdrxctl::FCOE_WRFIX());
  bar.write(Value<RXCSUM>{});
  return bar.health();
}

Result<> set_up_rx_queue(Bar& bar, uint32_t queue, Iova ring, uint32_t ring_bytes,
                         uint32_t buffer_size) {
  // DROP_EN: a queue without descriptors loses its own frames instead of blocking the others.
  bar.write(queue, srrctl::BSIZEPACKET(buffer_size / 1024) | srrctl::DESCTYPE(advanced_one_buffer) |
                       srrctl::DROP_EN());
  bar.write(queue, Value<RDBAL>{ring.low()});
  bar.write(queue, Value<RDBAH>{ring.high()});
  bar.write(queue, Value<RDLEN>{ring_bytes});
  bar.write(queue, Value<RDH>{0});
  bar.write(queue, Value<RDT>{0});
  // Bit 12 is reserved and comes up set; 4.6.7 and 8.2.3.11.1 both want it cleared.
  bar.clear(queue, Value<DCA_RXCTRL>{bit(12)});
  return bar.health();
}

Result<> enable_receive_unit(Bar& bar) {
  bar.set(ctrl_ext::NS_DIS());
  // 4.6.7: the unit is switched on while the security block in front of it holds frames back.
  bar.set(secrxctrl::RX_DIS());
  BULKHEAD_TRY(bar.wait_until_set(0, secrxstat::SECRX_RDY(), milliseconds{10},
                                  "the receive path did not come to rest"));
  bar.set(rxctrl::RXEN());
  bar.clear(secrxctrl::RX_DIS());
  return bar.health();
}

Result<> enable_rx_queue(Bar& bar, uint32_t queue) {
  bar.set(queue, rxdctl::ENABLE());
  return bar.wait_until_set(queue, rxdctl::ENABLE(), milliseconds{100},
                            "an rx queue did not start");
}

Result<> set_up_transmit_unit(Bar& bar) {
  // 4.6.8: the arbiter must be off while DTXMXSZRQ and the packet buffers change.
  bar.set(rttdcs::ARBDIS());
  bar.write(Value<MTQC>{});
  bar.write(Value<DTXMXSZRQ>{0xFFF});  // without DCB the most there is (4.6.11.3.4)
  bar.write(0, txpbsize::SIZE(transmit_buffer));
  bar.write(0, Value<TXPBTHRESH>{transmit_buffer - largest_frame_room});
  for (uint32_t i = 1; i < TXPBSIZE::count; ++i) {
    bar.write(i, Value<TXPBSIZE>{});
    bar.write(i, Value<TXPBTHRESH>{});
  }
  bar.clear(rttdcs::ARBDIS());
  return bar.health();
}

Result<> set_up_tx_queue(Bar& bar, uint32_t queue, Iova ring, uint32_t ring_bytes, Iova head) {
  bar.write(queue, Value<TDBAL>{ring.low()});
  bar.write(queue, Value<TDBAH>{ring.high()});
  bar.write(queue, Value<TDLEN>{ring_bytes});
  bar.write(queue, Value<TDH>{0});
  bar.write(queue, Value<TDT>{0});
  bar.write(queue, Value<TDWBAH>{head.high()});
  bar.write(queue, Value<TDWBAL>{head.low()} | tdwbal::HEAD_WB_EN());
  // With relaxed ordering an old head could arrive after a newer one. The datasheet has the bit
  // (8.2.3.11.2) but does not say so; other drivers that use head write-back clear it as well.
  bar.clear(queue, dca_txctrl::WRITE_BACK_RO());
  // 8.2.3.9.10: with PTHRESH goes an HTHRESH above 0, with head write-back a WTHRESH of 0. 7.2.3.4
  // leaves the numbers open: 4 descriptors are a cache line, 36 is what ixy runs with.
  bar.write(queue, txdctl::PTHRESH(36) | txdctl::HTHRESH(4) | txdctl::WTHRESH(0));
  return bar.health();
}

Result<> enable_transmit_unit(Bar& bar) {
  bar.set(dmatxctl::TE());
  return bar.health();
}

Result<> enable_tx_queue(Bar& bar, uint32_t queue) {
  bar.set(queue, txdctl::ENABLE());
  return bar.wait_until_set(queue, txdctl::ENABLE(), milliseconds{100}, "a tx queue did not start");
}

void finish_sending(Bar& bar, uint32_t queues, std::chrono::milliseconds limit) {
  const auto sent = [&](uint32_t queue) {
    return bar.read<TDH>(queue).bits() == bar.read<TDT>(queue).bits() || !bar.health();
  };
  const auto deadline = Deadline::after(limit);
  for (uint32_t queue = 0; queue < queues; ++queue) {
    while (!sent(queue) && !deadline.reached())
      std::this_thread::sleep_for(std::chrono::microseconds{100});
  }
}

Result<> stop_queues(Bar& bar, uint32_t queues) {
  bar.clear(rxctrl::RXEN());
  for (uint32_t queue = 0; queue < queues; ++queue) {
    bar.clear(queue, rxdctl::ENABLE());
    bar.clear(queue, txdctl::ENABLE());
  }
  // 4.6.7.1.2: the device may still be writing back for 100 us.
  std::this_thread::sleep_for(std::chrono::microseconds{100});
  for (uint32_t queue = 0; queue < queues; ++queue) {
    BULKHEAD_TRY(bar.wait_until_clear(queue, rxdctl::ENABLE(), milliseconds{100},
                                      "an rx queue did not stop"));
    BULKHEAD_TRY(bar.wait_until_clear(queue, txdctl::ENABLE(), milliseconds{100},
                                      "a tx queue did not stop"));
  }
  bar.clear(dmatxctl::TE());
  return bar.health();
}

}  // namespace bulkhead::ixgbe
