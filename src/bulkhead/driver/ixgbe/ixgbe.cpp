#include "bulkhead/driver/ixgbe/ixgbe.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkhead/base/require.hpp"
#include "bulkhead/driver/config.hpp"
#include "bulkhead/driver/intel/ring_memory.hpp"
#include "bulkhead/driver/ixgbe/interrupts.hpp"
#include "bulkhead/driver/ixgbe/link.hpp"
#include "bulkhead/driver/ixgbe/reset.hpp"
#include "bulkhead/driver/ixgbe/rss.hpp"
#include "bulkhead/driver/ixgbe/setup.hpp"
#include "bulkhead/driver/rx_events.hpp"

namespace bulkhead::ixgbe {
namespace {

using intel::RingMemory;

constexpr driver::Limits limits{.queue_pairs = most_queues,
                                .rx_ring = ring_size,
                                .tx_ring = ring_size,
                                .mtu = 9'728,  // within the 15.5 KiB of 1.3 (feature summary)
                                .buffer_step = 1_KiB,  // SRRCTL.BSIZEPACKET counts KiB (8.2.3.8.7)
                                .in_place = true};

}  // namespace

Result<std::unique_ptr<driver::Nic>> Ixgbe::open(std::shared_ptr<bus::Function> function,
                                                 driver::Config config) {
  BULKHEAD_TRY(driver::check(config, limits));
  BULKHEAD_TRY_ASSIGN(const auto identity, function->identity());
  const auto device = find_device(identity);
  if (!device)
    return fail(ErrorCode::unsupported,
                fmt::format("{} ({:04x}:{:04x}) is no device of the ixgbe driver", function->name(),
                            identity.vendor, identity.device));
  BULKHEAD_TRY_ASSIGN(auto bar, Bar::open(function, bus::RegionId::bar0));
  std::unique_ptr<Ixgbe> nic{
      new Ixgbe{std::move(function), *device, std::move(bar), std::move(config)}};
  if (auto result = nic->initialize(); !result)
    return std::unexpected(std::move(result).error().within(nic->description()));
  return nic;
}

Ixgbe::Ixgbe(std::shared_ptr<bus::Function> function, DeviceId device, Bar bar,
             driver::Config config)
    : function_(std::move(function)),
      device_(device),
      bar_(std::move(bar)),
      config_(std::move(config)),
      description_(fmt::format("{} at {}", device.name, function_->name())) {}

// Datasheet 4.6.3, initialization sequence.
Result<> Ixgbe::initialize() {
  bar_.finish_within(std::chrono::seconds{30}, "bringing it up");
  BULKHEAD_TRY(bring_up());
  BULKHEAD_TRY_ASSIGN(mac_, read_mac(bar_));
  BULKHEAD_TRY(map_memory());
  if (!config_.elsewhere && !config_.in_place) create_queues();
  if (config_.interrupts) BULKHEAD_TRY(connect_events());
  modes_.promiscuous = config_.promiscuous;
  BULKHEAD_TRY(start_statistics());
  BULKHEAD_TRY(start());
  bar_.finish_any_time();
  return bar_.health();
}

Result<> Ixgbe::bring_up() {
  // Its last driver may have been killed: it must forget that one's rings before it can do DMA.
  BULKHEAD_TRY(function_->set_bus_master(false));
  BULKHEAD_TRY(mask_interrupts(bar_));
  BULKHEAD_TRY(reset(bar_));
  BULKHEAD_TRY(function_->set_bus_master(true));
  return wait_until_ready(bar_);
}

Result<> Ixgbe::start() {
  BULKHEAD_TRY(write_mac(bar_, 0, mac_));
  BULKHEAD_TRY(start_link(bar_, device_.family));
  if (has_events_) BULKHEAD_TRY(enable_rx_interrupts(bar_, queues()));
  BULKHEAD_TRY(clear_filters(bar_));
  BULKHEAD_TRY(set_receive_modes(bar_, modes_));
  BULKHEAD_TRY(start_transmit());
  BULKHEAD_TRY(start_receive());
  if (config_.elsewhere) queue_pages_.remember();
  bar_.set(ctrl_ext::DRV_LOAD());
  return bar_.health();
}

Result<> Ixgbe::map_memory() {
  constexpr auto bar0 = bus::RegionId::bar0;
  BULKHEAD_TRY_ASSIGN(auto rx_page, function_->map_bar(bar0, Bytes{RDBAL::offset}, 4_KiB));
  BULKHEAD_TRY_ASSIGN(auto tx_page, function_->map_bar(bar0, Bytes{TDBAL::offset}, 4_KiB));
  if (config_.elsewhere) {
    queue_pages_ = QueuePages{std::move(rx_page), std::move(tx_page)};
  } else {
    rx_page_ = std::move(rx_page);
    tx_page_ = std::move(tx_page);
  }

  const auto ring_memory = RingMemory::size(config_.pools.size());
  BULKHEAD_TRY_ASSIGN(
      rings_, memory::Region::allocate("bulkhead-rings", ring_memory, function_->placement()));
  BULKHEAD_TRY_ASSIGN(rings_mapping_, bus::DmaMapping::create(function_, rings_));
  BULKHEAD_TRY_ASSIGN(pools_, driver::PoolMappings::create(function_, config_.pools));
  return {};
}

/// A queue pair's rings and doorbells, for whoever runs it.
driver::RelayEnd Ixgbe::end_of(size_t queue) const {
  const auto doorbell = [](const bus::BarPages& page, size_t offset) {
    return regs::Doorbell{page.pages.bytes(), offset - page.offset.value()};
  };
  constexpr auto ring_bytes = RingMemory::ring_bytes;
  return {.rx_ring = RingMemory::at<ring_bytes>(rings_, RingMemory::rx(queue)),
          .rx_tail = doorbell(rx_page_, RDT::offset + queue * RDT::stride),
          .tx_ring = RingMemory::at<ring_bytes>(rings_, RingMemory::tx(queue)),
          .tx_tail = doorbell(tx_page_, TDT::offset + queue * TDT::stride),
          .tx_head = RingMemory::at<sizeof(uint32_t)>(rings_, RingMemory::head(queue)),
          .buffers_at = pools_.buffers_at(queue)};
}

Result<driver::RelayEnd> Ixgbe::relay_end(QueueId queue, driver::RelaySide side,
                                          const queue::Pool& frames) {
  if (!config_.in_place) return not_in_place();
  require(value_of(queue) < queues());
  if (!config_.pools[value_of(queue)]->shares_memory_with(frames))
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: queue pair {} was not opened with the pool of this relay's frames",
                            description_, value_of(queue)),
                "put RelayFrames::pool() into Config::pools");
  if (!relay_ends_.emplace(queue, side).second)
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("{}: queue pair {} is {} of a relay already", description_, value_of(queue),
                    side == driver::RelaySide::input ? "the input" : "an output"),
        "take another queue pair, or open the port again");
  return end_of(value_of(queue));
}

void Ixgbe::create_queues() {
  constexpr auto ring_bytes = RingMemory::ring_bytes;
  for (size_t queue = 0; queue < config_.pools.size(); ++queue) {
    const auto& pool = config_.pools[queue];
    const auto end = end_of(queue);
    rx_.push_back(std::make_unique<RxQueue>(RxQueue::Ring{end.rx_ring.first<ring_bytes>()},
                                            end.rx_tail, pool, end.buffers_at));
    tx_.push_back(std::make_unique<TxQueue>(
        TxQueue::Ring{end.tx_ring.first<ring_bytes>()}, end.tx_tail,
        HeadReport{end.tx_head.first<sizeof(uint32_t)>()}, pool, end.buffers_at));
  }
}

Result<> Ixgbe::connect_events() {
  BULKHEAD_TRY_ASSIGN(auto events, driver::connect_rx_events(*function_, 0, queues()));
  if (!events.front()) return {};
  has_events_ = true;
  if (config_.elsewhere) {
    events_ = std::move(events);
    return {};
  }
  for (uint32_t queue = 0; queue < queues(); ++queue)
    rx_[queue]->set_event(std::move(events[queue]));
  return {};
}

Result<> Ixgbe::start_receive() {
  const Iova rings = rings_mapping_.address();
  BULKHEAD_TRY(set_up_receive_unit(bar_, driver::largest_frame(config_.mtu)));
  BULKHEAD_TRY(set_up_rss(bar_, config_.rss, queues()));
  for (uint32_t queue = 0; queue < queues(); ++queue)
    BULKHEAD_TRY(set_up_rx_queue(bar_, queue, rings + RingMemory::rx(queue), RingMemory::ring_bytes,
                                 config_.pools[queue]->buffer_size()));
  for (uint32_t queue = 0; queue < queues(); ++queue) {
    BULKHEAD_TRY(enable_rx_queue(bar_, queue));
    if (!rx_.empty()) rx_[queue]->start();
  }
  return enable_receive_unit(bar_);  // last, says 4.6.7
}

Result<> Ixgbe::start_transmit() {
  const Iova rings = rings_mapping_.address();
  BULKHEAD_TRY(set_up_transmit_unit(bar_));
  for (uint32_t queue = 0; queue < queues(); ++queue)
    BULKHEAD_TRY(set_up_tx_queue(bar_, queue, rings + RingMemory::tx(queue), RingMemory::ring_bytes,
                                 rings + RingMemory::head(queue)));
  BULKHEAD_TRY(enable_transmit_unit(bar_));
  for (uint32_t queue = 0; queue < queues(); ++queue) BULKHEAD_TRY(enable_tx_queue(bar_, queue));
  return {};
}

Result<> Ixgbe::start_statistics() {
  // What was counted before this port was opened is not ours: read it away (4.6.5).
  intel::Statistics before{device_counters()};
  return before.update(bar_);
}

Ixgbe::~Ixgbe() {
  // Buffers may only be used again when the device is at rest. One that does not answer may wake up
  // later and write: then its buffers are lost to the pool rather than shared with it.
  if (stop()) return;
  for (const auto& queue : rx_) queue->abandon();
  for (const auto& queue : tx_) queue->abandon();
}

Result<> Ixgbe::stop() {
  bar_.finish_within(std::chrono::seconds{10}, "stopping it");
  finish_sending(bar_, queues(), std::chrono::seconds{1});
  bar_.clear(ctrl_ext::DRV_LOAD());
  const auto stopped = stop_queues(bar_, queues());
  const auto quiet = stop_dma(bar_);
  BULKHEAD_TRY(function_->set_bus_master(false));
  BULKHEAD_TRY(stopped);
  return quiet;
}

Result<driver::Link> Ixgbe::link() {
  return read_link(bar_, device_.family);
}

Result<> Ixgbe::set_promiscuous(bool on) {
  modes_.promiscuous = on;
  return set_receive_modes(bar_, modes_);
}

Result<> Ixgbe::set_all_multicast(bool on) {
  modes_.all_multicast = on;
  return set_receive_modes(bar_, modes_);
}

Result<> Ixgbe::set_multicast_addresses(std::span<const driver::MacAddress> addresses) {
  BULKHEAD_TRY(ixgbe::set_multicast_addresses(bar_, addresses));
  multicast_.assign(addresses.begin(), addresses.end());
  return {};
}

Result<> Ixgbe::set_unicast_addresses(std::span<const driver::MacAddress> addresses) {
  BULKHEAD_TRY(ixgbe::set_unicast_addresses(bar_, addresses));
  unicast_.assign(addresses.begin(), addresses.end());
  return {};
}

Result<> Ixgbe::set_mac(driver::MacAddress address) {
  BULKHEAD_TRY(write_mac(bar_, 0, address));
  mac_ = address;
  return {};
}

Result<> Ixgbe::set_indirection_table(std::span<const QueueId> table) {
  if (queues() == 1) return Nic::set_indirection_table(table);
  BULKHEAD_TRY(ixgbe::set_indirection_table(bar_, table, queues()));
  config_.rss.table.assign(table.begin(), table.end());
  return {};
}

Result<std::vector<driver::Statistic>> Ixgbe::statistics() {
  BULKHEAD_TRY(statistics_.update(bar_));
  return statistics_.values();
}

}  // namespace bulkhead::ixgbe
