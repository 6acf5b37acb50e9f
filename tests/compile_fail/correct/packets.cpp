// What the cases beside this folder do wrong, done right: packets and numbers from a device.
#include <array>
#include <utility>

#include "bulkhead/queue/batch.hpp"
#include "bulkhead/queue/device_value.hpp"
#include "bulkhead/queue/packet.hpp"

// expected-no-diagnostics

using namespace bulkhead::queue;

void send(Packet packet);

void send_after_use(Packet packet) {
  packet.bytes()[0] = std::byte{1};
  send(std::move(packet));
}

void send_all(Batch& batch) {
  while (!batch.empty()) send(batch.take_first());
}

std::span<std::byte> frame(std::span<std::byte> buffer, DeviceValue<uint32_t> length) {
  const auto checked = length.at_most(static_cast<uint32_t>(buffer.size()));
  return checked ? buffer.first(*checked) : std::span<std::byte>{};
}

int entry(const std::array<int, 8>& ring, DeviceValue<uint32_t> head) {
  const auto position = head.in_ring<8>();
  return position ? ring[position->value()] : 0;
}
