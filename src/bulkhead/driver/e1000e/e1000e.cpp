#include "bulkhead/driver/e1000e/e1000e.hpp"

#include <fmt/format.h>

#include "bulkhead/driver/config.hpp"
#include "bulkhead/driver/e1000e/devices.hpp"
#include "bulkhead/driver/e1000e/filters.hpp"
#include "bulkhead/driver/e1000e/interrupts.hpp"
#include "bulkhead/driver/e1000e/link.hpp"
#include "bulkhead/driver/e1000e/reset.hpp"
#include "bulkhead/driver/e1000e/setup.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/rx_events.hpp"

namespace bulkhead::e1000e {
namespace {

using intel::RingMemory;

constexpr driver::Limits limits{.queue_pairs = 1,
                                .rx_ring = ring_size,
                                .tx_ring = ring_size,
                                .mtu = 9'216,
                                .buffer_step = 1_KiB};  // RCTL.FLXBUF counts KiB

}  // namespace

Result<std::unique_ptr<driver::Nic>> E1000e::open(std::shared_ptr<bus::Function> function,
                                                  driver::Config config, Options options) {
  BULKHEAD_TRY(driver::check(config, limits));
  BULKHEAD_TRY_ASSIGN(const auto identity, function->identity());
  const auto device = find_device(identity);
  if (!device)
    return fail(ErrorCode::unsupported,
                fmt::format("{} ({:04x}:{:04x}) is no device of the e1000e driver",
                            function->name(), identity.vendor, identity.device));
  BULKHEAD_TRY_ASSIGN(auto bar, Bar::open(function, bus::RegionId::bar0));
  std::unique_ptr<E1000e> nic{
      new E1000e{std::move(function), *device, std::move(bar), std::move(config), options}};
  if (auto result = nic->initialize(); !result)
    return std::unexpected(std::move(result).error().within(nic->description()));
  return nic;
}

E1000e::E1000e(std::shared_ptr<bus::Function> function, std::string_view device, Bar bar,
               driver::Config config, Options options)
    : function_(std::move(function)),
      bar_(std::move(bar)),
      config_(std::move(config)),
      options_(options),
      description_(fmt::format("{} at {}", device, function_->name())) {}

Result<> E1000e::initialize() {
  bar_.finish_within(std::chrono::seconds{30}, "bringing it up");
  // Its last driver may have been killed: it must forget that one's rings before it can do DMA.
  BULKHEAD_TRY(function_->set_bus_master(false));
  BULKHEAD_TRY(reset(bar_));
  BULKHEAD_TRY(function_->set_bus_master(true));
  BULKHEAD_TRY_ASSIGN(mac_, read_mac(bar_));
  BULKHEAD_TRY(map_memory());
  if (!config_.elsewhere) BULKHEAD_TRY(create_queues());
  if (config_.interrupts) BULKHEAD_TRY(connect_event());
  promiscuous_ = config_.promiscuous;
  // What was counted before this port was opened is not ours: read it away.
  intel::Statistics before{device_counters()};
  BULKHEAD_TRY(before.update(bar_));
  BULKHEAD_TRY(start());
  bar_.finish_any_time();
  return bar_.health();
}

Result<> E1000e::map_memory() {
  BULKHEAD_TRY_ASSIGN(rings_, memory::Region::allocate("bulkhead-rings", RingMemory::size(1),
                                                       function_->placement()));
  BULKHEAD_TRY_ASSIGN(rings_mapping_, bus::DmaMapping::create(function_, rings_));
  BULKHEAD_TRY_ASSIGN(pools_, driver::PoolMappings::create(function_, config_.pools));
  return {};
}

Result<> E1000e::create_queues() {
  constexpr auto bar0 = bus::RegionId::bar0;
  BULKHEAD_TRY_ASSIGN(rx_page_, function_->map_bar(bar0, Bytes{RDBAL::offset}, 4_KiB));
  BULKHEAD_TRY_ASSIGN(tx_page_, function_->map_bar(bar0, Bytes{TDBAL::offset}, 4_KiB));
  constexpr auto ring_bytes = RingMemory::ring_bytes;
  const auto& pool = config_.pools.front();
  rx_ = make_rx_queue(options_.rx_format,
                      intel::RxQueue::Ring{RingMemory::at<ring_bytes>(rings_, RingMemory::rx(0))},
                      regs::Doorbell{rx_page_.pages.bytes(), RDT::offset - rx_page_.offset.value()},
                      pool, pools_.buffers_at(0));
  tx_.emplace(TxQueue::Ring{RingMemory::at<ring_bytes>(rings_, RingMemory::tx(0))},
              regs::Doorbell{tx_page_.pages.bytes(), TDT::offset - tx_page_.offset.value()},
              DoneBits{}, pool, pools_.buffers_at(0));
  return {};
}

Result<> E1000e::connect_event() {
  BULKHEAD_TRY_ASSIGN(auto events, driver::connect_rx_events(*function_, 0, 1));
  if (!events.front()) return {};
  has_event_ = true;
  if (config_.elsewhere) {
    event_ = std::move(events.front());
  } else {
    rx_->set_event(std::move(events.front()));
  }
  return {};
}

Result<> E1000e::start() {
  BULKHEAD_TRY(write_mac(bar_, 0, mac_));
  BULKHEAD_TRY(start_link(bar_));
  if (has_event_) BULKHEAD_TRY(enable_rx_interrupt(bar_));
  BULKHEAD_TRY(clear_filters(bar_));
  const Iova rings = rings_mapping_.address();
  BULKHEAD_TRY(set_up_transmit(bar_, rings + RingMemory::tx(0), RingMemory::ring_bytes));
  BULKHEAD_TRY(set_up_receive(bar_, rings + RingMemory::rx(0), RingMemory::ring_bytes,
                              options_.rx_format, config_.pools.front()->buffer_size(),
                              driver::largest_frame(config_.mtu)));
  BULKHEAD_TRY(set_promiscuous(promiscuous_));
  BULKHEAD_TRY(enable_transmit(bar_));
  BULKHEAD_TRY(enable_receive(bar_));
  if (rx_) rx_->start();
  bar_.set(ctrl_ext::DRV_LOAD());
  return bar_.health();
}

E1000e::~E1000e() {
  // Buffers may only be used again when the device is at rest. One that does not answer may wake up
  // later and write: then its buffers are lost to the pool rather than shared with it.
  if (stop()) return;
  if (rx_) rx_->abandon();
  if (tx_) tx_->abandon();
}

Result<> E1000e::stop() {
  bar_.finish_within(std::chrono::seconds{10}, "stopping it");
  finish_sending(bar_, std::chrono::seconds{1});
  bar_.clear(ctrl_ext::DRV_LOAD());
  const auto masked = mask_interrupts(bar_);
  const auto stopped = stop_units(bar_);
  const auto quiet = stop_dma(bar_);
  BULKHEAD_TRY(function_->set_bus_master(false));
  BULKHEAD_TRY(masked);
  BULKHEAD_TRY(stopped);
  return quiet;
}

Result<driver::Link> E1000e::link() {
  return read_link(bar_);
}

Result<> E1000e::set_promiscuous(bool on) {
  promiscuous_ = on;
  return set_receive_modes(bar_, promiscuous_, all_multicast_);
}

Result<> E1000e::set_all_multicast(bool on) {
  all_multicast_ = on;
  return set_receive_modes(bar_, promiscuous_, all_multicast_);
}

Result<> E1000e::set_multicast_addresses(std::span<const driver::MacAddress> addresses) {
  BULKHEAD_TRY(e1000e::set_multicast_addresses(bar_, addresses));
  multicast_.assign(addresses.begin(), addresses.end());
  return {};
}

Result<> E1000e::set_unicast_addresses(std::span<const driver::MacAddress> addresses) {
  BULKHEAD_TRY(e1000e::set_unicast_addresses(bar_, addresses));
  unicast_.assign(addresses.begin(), addresses.end());
  return {};
}

Result<> E1000e::set_mac(driver::MacAddress address) {
  BULKHEAD_TRY(write_mac(bar_, 0, address));
  mac_ = address;
  return {};
}

Result<std::vector<driver::Statistic>> E1000e::statistics() {
  BULKHEAD_TRY(statistics_.update(bar_));
  return statistics_.values();
}

}  // namespace bulkhead::e1000e
