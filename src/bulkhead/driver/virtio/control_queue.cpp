#include "bulkhead/driver/virtio/control_queue.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/deadline.hpp"
#include "bulkhead/driver/virtio/packed_ring.hpp"
#include "bulkhead/driver/virtio/split_ring.hpp"

namespace bulkhead::virtio {
namespace {

// 5.1.6.5: classes, and the commands in each.
constexpr uint8_t ctrl_rx = 0;
constexpr uint8_t rx_promiscuous = 0;
constexpr uint8_t rx_all_multicast = 1;
constexpr uint8_t ctrl_mac = 1;
constexpr uint8_t mac_table_set = 0;
constexpr uint8_t mac_address_set = 1;
constexpr uint8_t ctrl_mq = 4;
constexpr uint8_t mq_pairs_set = 0;

constexpr uint8_t answer_ok = 0;
constexpr std::byte no_answer_yet{0xFF};
constexpr std::chrono::seconds answer_limit{5};

// struct virtio_net_ctrl_mac, 5.1.6.5.2.
void append_addresses(std::vector<std::byte>& data, std::span<const driver::MacAddress> addresses) {
  append(data, little_endian(static_cast<uint32_t>(addresses.size())));
  for (const auto& address : addresses) append(data, address.octets);
}

}  // namespace

Result<> ControlQueue::set_promiscuous(bool on) {
  return command(ctrl_rx, rx_promiscuous, to_bytes(uint8_t{on}));
}

Result<> ControlQueue::set_all_multicast(bool on) {
  return command(ctrl_rx, rx_all_multicast, to_bytes(uint8_t{on}));
}

Result<> ControlQueue::set_addresses(std::span<const driver::MacAddress> unicast,
                                     std::span<const driver::MacAddress> multicast) {
  std::vector<std::byte> data;
  append_addresses(data, unicast);
  append_addresses(data, multicast);
  return command(ctrl_mac, mac_table_set, data);
}

Result<> ControlQueue::set_mac(driver::MacAddress address) {
  return command(ctrl_mac, mac_address_set, to_bytes(address.octets));
}

Result<> ControlQueue::set_queue_pairs(uint16_t count) {
  return command(ctrl_mq, mq_pairs_set, to_bytes(little_endian(count)));
}

Result<> ControlQueue::command(uint8_t command_class, uint8_t command,
                               std::span<const std::byte> data) {
  const auto words = std::array{std::byte{command_class}, std::byte{command}};
  const size_t length = words.size() + data.size();
  if (length > answer_at)
    return fail(ErrorCode::no_memory, fmt::format("a command of {} bytes", length),
                "take fewer addresses, or receive promiscuously instead");
  std::ranges::copy(words, memory_.begin());
  std::ranges::copy(data, memory_.subspan(words.size()).begin());
  memory_[answer_at] = no_answer_yet;
  if (auto result = run(static_cast<uint32_t>(length)); !result)
    return std::unexpected(std::move(result).error().within(
        fmt::format("command {}.{} to the device", command_class, command)));
  const auto answer = shared::load_relaxed<uint8_t>(memory_, answer_at);
  if (answer == answer_ok) return {};
  return fail(ErrorCode::unsupported, fmt::format("the device answers command {}.{} with {}",
                                                  command_class, command, answer));
}

template <class Ring>
ControlQueueOn<Ring>::ControlQueueOn(Ring ring, Notifier notifier,
                                     std::span<std::byte, memory_bytes> memory, Iova memory_at)
    : ControlQueue(memory, memory_at), ring_(std::move(ring)), notifier_(notifier) {
  ring_.disarm();
}

template <class Ring>
Result<> ControlQueueOn<Ring>::run(uint32_t length) {
  if (stopped_) return fail(ErrorCode::hostile_device, "the control queue has stopped");
  ring_.put_request({.address = memory_at(), .length = length},
                    {.address = memory_at() + Bytes{answer_at}, .length = 1});
  if (ring_.publish()) notifier_.notify();
  std::optional<Used> used;
  wait_until(
      [&] {
        used = ring_.take_answer();
        return used.has_value();
      },
      answer_limit);
  if (used && used->id.at_most(0)) return {};
  stopped_ = true;
  if (used)
    return fail(ErrorCode::hostile_device, "the control queue gave back what it did not have");
  return fail(ErrorCode::timeout,
              fmt::format("no answer on the control queue within {} s", answer_limit.count()));
}

template class ControlQueueOn<SplitRing<64>>;
template class ControlQueueOn<SplitRing<128>>;
template class ControlQueueOn<SplitRing<256>>;
template class ControlQueueOn<SplitRing<512>>;
template class ControlQueueOn<SplitRing<1024>>;
template class ControlQueueOn<PackedRing<64>>;
template class ControlQueueOn<PackedRing<128>>;
template class ControlQueueOn<PackedRing<256>>;

}  // namespace bulkhead::virtio
