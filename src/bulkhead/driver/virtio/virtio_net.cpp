#include "bulkhead/driver/virtio/virtio_net.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/driver/config.hpp"
#include "bulkhead/driver/rx_events.hpp"
#include "bulkhead/driver/virtio/features.hpp"
#include "bulkhead/driver/virtio/negotiation.hpp"
#include "bulkhead/driver/virtio/net_header.hpp"
#include "bulkhead/driver/virtio/vhost_transport.hpp"

namespace bulkhead::virtio {
namespace {

// virtio 1.2, 4.1.2: 0x1040 and the device type; transitional devices have numbers of their own.
constexpr uint16_t vendor_id = 0x1AF4;
constexpr uint16_t modern_id = 0x1041;
constexpr uint16_t transitional_id = 0x1000;

constexpr uint32_t data_entries = 256;
constexpr uint32_t control_entries = 64;
constexpr uint32_t smallest_rx_frame = 1514;

constexpr uint64_t always_wanted =
    feature::MTU | feature::MAC | feature::MRG_RXBUF | feature::STATUS | feature::CTRL_VQ |
    feature::CTRL_RX | feature::CTRL_MAC_ADDR | feature::EVENT_IDX | feature::VERSION_1 |
    feature::ACCESS_PLATFORM | feature::ORDER_PLATFORM | feature::SPEED_DUPLEX;

}  // namespace

std::optional<std::string_view> find_device(bus::Identity identity) {
  if (identity.vendor != vendor_id) return std::nullopt;
  if (identity.device == modern_id) return "virtio network device";
  if (identity.device == transitional_id) return "transitional virtio network device";
  return std::nullopt;
}

Result<std::unique_ptr<VirtioNet>> VirtioNet::open(std::shared_ptr<bus::Function> function,
                                                   driver::Config config, Options options) {
  BULKHEAD_TRY_ASSIGN(const auto identity, function->identity());
  if (!find_device(identity))
    return fail(ErrorCode::unsupported,
                fmt::format("{}: {:04x}:{:04x} is no virtio network device", function->name(),
                            identity.vendor, identity.device));
  BULKHEAD_TRY_ASSIGN(auto transport, open_transport(function, options.physical));
  return bring_up(std::unique_ptr<VirtioNet>{
      new VirtioNet{std::move(function), std::move(transport), std::move(config), options}});
}

// The memory table is the translation, which both sides apply without being asked.
Result<std::unique_ptr<VirtioNet>> VirtioNet::open_vhost_user(
    const std::shared_ptr<vhost_user::BackEnd>& back_end, driver::Config config, Options options) {
  options.physical = true;
  return bring_up(std::unique_ptr<VirtioNet>{new VirtioNet{
      back_end, std::make_unique<VhostTransport>(back_end), std::move(config), options}});
}

Result<std::unique_ptr<VirtioNet>> VirtioNet::bring_up(std::unique_ptr<VirtioNet> nic) {
  if (auto result = nic->initialize(); !result)
    return std::unexpected(std::move(result).error().within(nic->description()));
  return nic;
}

VirtioNet::VirtioNet(std::shared_ptr<bus::Function> function, std::unique_ptr<Transport> transport,
                     driver::Config config, Options options)
    : function_(std::move(function)),
      transport_(std::move(transport)),
      config_(std::move(config)),
      options_(options),
      description_(fmt::format("virtio-net at {}", function_->name())) {}

// 3.1.1, device initialization.
Result<> VirtioNet::initialize() {
  BULKHEAD_TRY(agree());
  BULKHEAD_TRY(plan_queues());
  BULKHEAD_TRY(map_memory());
  events_.resize(config_.pools.size());
  if (config_.interrupts) BULKHEAD_TRY(connect_events());
  BULKHEAD_TRY(start_queues());
  return start_device();
}

// Without MSI-X a device has INTx (4.1.4.3 and 4.1.5.3), which one queue alone can be told apart
// by; and its status is no other process's to read.
Result<> VirtioNet::connect_events() {
  BULKHEAD_TRY_ASSIGN(events_, driver::connect_rx_events(*function_, 0, queues()));
  if (events_.front() || queues() > 1 || config_.elsewhere) return {};
  BULKHEAD_TRY_ASSIGN(auto line, driver::connect_line_events(*function_));
  if (!line) return {};
  BULKHEAD_TRY_ASSIGN(auto status, transport_->map_interrupt_status());
  line_.emplace(std::move(status.pages), status.offset, std::move(line->unmask));
  events_.front() = std::move(line->fired);
  return {};
}

std::vector<int> VirtioNet::descriptors() const {
  auto all = function_->descriptors();
  std::ranges::copy(transport_->descriptors(), std::back_inserter(all));
  if (line_) all.push_back(line_->unmask_fd());
  return all;
}

Result<> VirtioNet::agree() {
  uint64_t wanted = always_wanted;
  if (config_.pools.size() > 1) wanted |= feature::MQ;
  if (options_.packed) wanted |= feature::RING_PACKED;
  // Its last driver may have been killed: it must forget that one's rings before it can do DMA.
  BULKHEAD_TRY(transport_->allow_dma(false));
  BULKHEAD_TRY_ASSIGN(features_, negotiate(*transport_, wanted, options_.physical));
  BULKHEAD_TRY(transport_->allow_dma(true));
  description_ = fmt::format("virtio-net {}{} at {}", transport_->interface(),
                             has(feature::RING_PACKED) ? ", packed rings," : "", function_->name());
  BULKHEAD_TRY_ASSIGN(card_, read_card(*transport_, features_));
  return {};
}

// 5.1.2: rx and tx queues in turn, and the control queue behind all that the device has.
Result<> VirtioNet::plan_queues() {
  const auto pairs = static_cast<uint32_t>(config_.pools.size());
  const uint32_t most_pairs = has(feature::MQ | feature::CTRL_VQ) ? card_.queue_pairs : 1;
  for (uint32_t number = 0; number < 2 * std::min(pairs, most_pairs); ++number) {
    BULKHEAD_TRY_ASSIGN(const auto queue, plan_queue(number, data_entries));
    planned_.push_back(queue);
  }
  BULKHEAD_TRY(driver::check(config_, {.queue_pairs = most_pairs,
                                       .rx_ring = planned_.empty() ? 0 : planned_[0].kind.entries,
                                       .tx_ring = planned_.empty() ? 0 : planned_[1].kind.entries,
                                       .mtu = card_.mtu}));
  if (!has(feature::CTRL_VQ)) return {};
  const uint32_t control = has(feature::MQ) ? 2U * card_.queue_pairs : 2;
  BULKHEAD_TRY_ASSIGN(const auto queue, plan_queue(control, control_entries));
  planned_.push_back(queue);
  ring_bytes_ += ControlQueue::memory_bytes;
  return {};
}

Result<VirtioNet::Planned> VirtioNet::plan_queue(uint32_t number, uint32_t entries) {
  const auto queue = static_cast<uint16_t>(number);
  BULKHEAD_TRY_ASSIGN(const auto most, transport_->queue_size(queue));
  BULKHEAD_TRY_ASSIGN(const auto kind,
                      choose_ring(most, entries, transport_->is_legacy(), has(feature::RING_PACKED),
                                  has(feature::EVENT_IDX)));
  const size_t offset = ring_bytes_;
  ring_bytes_ += bytes_of(kind);
  return Planned{.number = queue, .kind = kind, .offset = offset};
}

Result<> VirtioNet::map_memory() {
  BULKHEAD_TRY_ASSIGN(rings_, memory::Region::allocate("bulkhead-rings", Bytes{ring_bytes_},
                                                       function_->placement()));
  BULKHEAD_TRY_ASSIGN(rings_mapping_, bus::DmaMapping::create(function_, rings_));
  BULKHEAD_TRY_ASSIGN(pools_, driver::PoolMappings::create(function_, config_.pools));
  return {};
}

Result<> VirtioNet::start_queues() {
  for (uint32_t pair = 0; pair < queues(); ++pair) BULKHEAD_TRY(start_pair(pair));
  if (!has(feature::CTRL_VQ)) return {};
  const auto& queue = planned_.back();
  BULKHEAD_TRY_ASSIGN(const auto notifier, start_queue(queue));
  control_ = make_control_queue(queue.kind, memory_of(queue),
                                rings_mapping_.address() + Bytes{queue.offset}, notifier);
  return {};
}

Result<> VirtioNet::start_pair(uint32_t pair) {
  const auto& rx = planned_[size_t{2} * pair];
  const auto& tx = planned_[size_t{2} * pair + 1];
  auto& event = events_[pair];
  const auto vector = event && !line_ ? std::optional{static_cast<uint16_t>(pair)} : std::nullopt;
  BULKHEAD_TRY_ASSIGN(const auto rx_notifier, start_queue(rx, vector));
  BULKHEAD_TRY_ASSIGN(const auto tx_notifier, start_queue(tx));
  if (config_.elsewhere) return {};
  QueueSetup setup{.notifier = rx_notifier,
                   .pool = config_.pools[pair],
                   .buffers_at = pools_.buffers_at(pair),
                   .header = header(),
                   .longest_frame = longest_frame(pair),
                   .mergeable = has(feature::MRG_RXBUF),
                   .line = line_ ? &*line_ : nullptr};
  rx_.push_back(make_rx_queue(rx.kind, memory_of(rx), setup));
  rx_.back()->set_event(std::move(event));
  setup.notifier = tx_notifier;
  tx_.push_back(make_tx_queue(tx.kind, memory_of(tx), setup));
  return {};
}

// Frames of the MTU, and at least those that any device may send (5.1.6.3.1).
uint32_t VirtioNet::longest_frame(uint32_t pair) const {
  const uint32_t longest = std::max(driver::largest_frame(config_.mtu), smallest_rx_frame);
  return std::min(longest, config_.pools[pair]->buffer_size());
}

Result<Notifier> VirtioNet::start_queue(const Planned& queue, std::optional<uint16_t> vector) {
  auto place = place_of(queue.kind, rings_mapping_.address() + Bytes{queue.offset});
  place.vector = vector;
  return transport_->start_queue(queue.number, place);
}

Result<> VirtioNet::start_device() {
  BULKHEAD_TRY(start(*transport_));
  for (const auto& queue : rx_) queue->start();
  if (queues() > 1) BULKHEAD_TRY(control_->set_queue_pairs(static_cast<uint16_t>(queues())));
  // Without a filter there is nothing to switch off.
  if (config_.promiscuous && !has(feature::CTRL_RX)) return {};
  return set_promiscuous(config_.promiscuous);
}

VirtioNet::~VirtioNet() {
  // Buffers may only be used again when the device is at rest. One that does not answer may wake up
  // later and write: then its buffers are lost to the pool rather than shared with it.
  if (stop()) return;
  for (const auto& queue : rx_) queue->abandon();
  for (const auto& queue : tx_) queue->abandon();
}

Result<> VirtioNet::stop() {
  const auto all_sent = [&] {
    for (const auto& queue : tx_) queue->reclaim();
    return std::ranges::all_of(tx_, [](const auto& queue) { return queue->idle(); });
  };
  // A device whose link is down may keep them; the reset gives them back. One that is gone sends
  // nothing any more.
  if (transport_->status()) wait_until(all_sent, std::chrono::seconds{1});
  const auto at_rest = reset(*transport_);
  BULKHEAD_TRY(transport_->allow_dma(false));
  return at_rest;
}

std::span<std::byte> VirtioNet::memory_of(const Planned& queue) const {
  return rings_.bytes().subspan(queue.offset);
}

uint32_t VirtioNet::header() const {
  const bool counted = !transport_->is_legacy() || has(feature::MRG_RXBUF);
  return counted ? NetHeader::with_count : NetHeader::without_count;
}

Result<driver::Link> VirtioNet::link() {
  BULKHEAD_TRY(check_status(*transport_));
  return read_link(*transport_, features_);
}

Result<> VirtioNet::require_control(uint64_t feature, std::string_view what) const {
  if (control_ && has(feature)) return {};
  return fail(ErrorCode::unsupported,
              fmt::format("{}: the device does not let its driver {}", description_, what));
}

Result<> VirtioNet::set_promiscuous(bool on) {
  BULKHEAD_TRY(require_control(feature::CTRL_RX, "choose what it receives"));
  BULKHEAD_TRY(control_->set_promiscuous(on));
  promiscuous_ = on;
  return {};
}

Result<> VirtioNet::set_all_multicast(bool on) {
  BULKHEAD_TRY(require_control(feature::CTRL_RX, "choose what it receives"));
  BULKHEAD_TRY(control_->set_all_multicast(on));
  all_multicast_ = on;
  return {};
}

Result<> VirtioNet::set_multicast_addresses(std::span<const driver::MacAddress> addresses) {
  BULKHEAD_TRY(require_control(feature::CTRL_RX, "choose what it receives"));
  if (const auto other = std::ranges::find_if_not(addresses, &driver::MacAddress::is_multicast);
      other != addresses.end())
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} is no multicast address", other->to_string()));
  BULKHEAD_TRY(control_->set_addresses(unicast_, addresses));
  multicast_.assign(addresses.begin(), addresses.end());
  return {};
}

Result<> VirtioNet::set_unicast_addresses(std::span<const driver::MacAddress> addresses) {
  BULKHEAD_TRY(require_control(feature::CTRL_RX, "choose what it receives"));
  for (const auto& address : addresses) BULKHEAD_TRY(check_station_address(address));
  BULKHEAD_TRY(control_->set_addresses(addresses, multicast_));
  unicast_.assign(addresses.begin(), addresses.end());
  return {};
}

Result<> VirtioNet::set_mac(driver::MacAddress address) {
  BULKHEAD_TRY(require_control(feature::CTRL_MAC_ADDR, "change its address"));
  BULKHEAD_TRY(check_station_address(address));
  BULKHEAD_TRY(control_->set_mac(address));
  card_.mac = address;
  mac_changed_ = true;
  return {};
}

Result<std::vector<driver::Statistic>> VirtioNet::statistics() {
  BULKHEAD_TRY(check_status(*transport_));
  return std::vector<driver::Statistic>{};
}

}  // namespace bulkhead::virtio
