#include "model/ixgbe/tx_engine.hpp"

#include <algorithm>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/shared_words.hpp"

#include "model/ixgbe/frame_sizes.hpp"
#include "model/ixgbe/prefetch.hpp"
#include "model/ixgbe/registers.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr uint64_t tx_end_of_packet = bit64(24);
constexpr uint64_t insert_checksum = bit64(26);  // legacy
constexpr uint64_t report_status = bit64(27);
constexpr uint64_t extension = bit64(29);
constexpr uint64_t vlan_enable = bit64(30);
constexpr uint64_t segmentation = bit64(31);
constexpr uint64_t tx_descriptor_done = bit64(32);
constexpr uint64_t ip_checksum_option = bit64(40);
constexpr uint64_t l4_checksum_option = bit64(41);
constexpr uint64_t offload_bits = insert_checksum | vlan_enable | segmentation;
constexpr uint64_t advanced_offload_bits =
    vlan_enable | segmentation | ip_checksum_option | l4_checksum_option;

constexpr uint32_t type_context = 2;
constexpr uint32_t type_data = 3;

uint32_t length_of(uint64_t command) {
  return static_cast<uint32_t>(command & 0xFFFFU);
}

uint32_t type_of(uint64_t command) {
  return static_cast<uint32_t>(command >> 20U & 0xFU);
}

}  // namespace

void TxEngine::refresh() {
  enabled_ = (port_.registers.get(reg::DMATXCTL) & bit(0)) != 0 &&
             (port_.registers.get(reg::SECTXCTRL) & bit(1)) == 0;
  pad_ = (port_.registers.get(reg::HLREG0) & bit(10)) != 0;
  const uint32_t flags = port_.registers.get(reg::DTXTCPFLGL);
  tcp_flags_ = {.first = static_cast<uint16_t>(flags & 0xFFFU),
                .middle = static_cast<uint16_t>(flags >> 16U & 0xFFFU),
                .last = static_cast<uint16_t>(port_.registers.get(reg::DTXTCPFLGH) & 0xFFFU)};
  rings_.clear();
  for (uint32_t queue = 0; queue < queue_count; ++queue) add_ring(queue);
}

void TxEngine::add_ring(uint32_t queue) {
  TxRing ring;
  ring.queue = queue;
  ring.registers = tx_queue_offset(queue);
  if (!locate_ring(port_, ring, DmaSpace::Access::write)) return;
  const RegisterFile& registers = port_.registers;
  const uint64_t write_back =
      registers.get64(ring.registers + reg::write_back_low, ring.registers + reg::write_back_high);
  ring.head_write_back = (write_back & 1U) != 0;
  ring.write_back_address = write_back & ~uint64_t{3};
  ring.statistics_index = registers.get(0x08600 + queue / 4 * 4) >> (queue % 4 * 8) & 0xFU;
  rings_.push_back(ring);
}

bool TxEngine::turn() {
  if (!enabled_ || rings_.empty()) return false;
  bool moved = false;
  for (TxRing& ring : rings_) moved |= drain(ring);
  return moved;
}

TxEngine::Descriptor TxEngine::fetch(const TxRing& ring, uint32_t position) {
  const size_t at = static_cast<size_t>(position) * descriptor_size;
  return {.address = shared::load_relaxed<uint64_t>(ring.memory, at),
          .command = shared::load_relaxed<uint64_t>(ring.memory, at + 8)};
}

bool TxEngine::is_context(const TxRing& ring, const Descriptor& descriptor) {
  if ((descriptor.command & extension) == 0 || type_of(descriptor.command) != type_context)
    return false;
  const size_t index = descriptor.command >> 36U & 1U;
  contexts_[ring.queue & 127U][index] = Context::parse(descriptor.address, descriptor.command);
  return true;
}

/// How many of the `ready` descriptors from `head` on are one frame, 0 if its end is not there yet.
uint32_t TxEngine::frame_extent(const TxRing& ring, uint32_t head, uint32_t ready) const {
  uint32_t position = head;
  for (uint32_t count = 1; count <= ready; ++count) {
    if ((fetch(ring, position).command & tx_end_of_packet) != 0) return count;
    position = ring.next(position);
  }
  // Without an end in a whole turn's worth of descriptors there will be none: give them back.
  return ready >= turn_budget ? ready : 0;
}

bool TxEngine::drain(TxRing& ring) {
  RegisterFile& registers = port_.registers;
  const uint32_t tail = registers.get_acquire(ring.registers + reg::tail);
  uint32_t head = registers.get(ring.registers + reg::head);
  if (head == tail || !is_enabled(registers, ring)) return false;
  if (tail >= ring.entries || head >= ring.entries) {
    if (tail != ring.last_bad_tail)
      port_.trouble.malformed("head or tail outside of the ring", ring.queue, tail);
    ring.last_bad_tail = tail;
    return false;
  }
  uint32_t ready = std::min(ring.distance(head, tail), turn_budget);
  const uint32_t start = head;
  bool reported = false;
  prefetch_descriptors(ring, head, ready);
  while (ready > 0) {
    if (ready > prefetch_distance) {
      const auto later = fetch(ring, ring.ahead(head, prefetch_distance));
      prefetch_buffer(port_.dma, later.address, DmaSpace::Access::read);
    }
    Extent extent{.first = head, .count = 1};
    if (!is_context(ring, fetch(ring, head))) {
      extent.count = frame_extent(ring, head, ready);
      if (extent.count == 0 || !send(ring, extent)) break;
    }
    reported |= complete(ring, extent);
    head += extent.count;
    if (head >= ring.entries) head -= ring.entries;
    ready -= extent.count;
  }
  if (head == start) return false;
  registers.set(ring.registers + reg::head, head);
  if (ring.head_write_back && reported) write_back_head(ring, head);
  if (reported) port_.interrupts.tx_done(ring.queue);
  return true;
}

/// Copies a frame out of its descriptors' buffers; empty if it cannot be (then it is counted).
std::span<std::byte> TxEngine::gather(const TxRing& ring, Extent extent, size_t most) {
  const std::span staging = std::span{request_}.first(most);
  size_t size = 0;
  uint32_t position = extent.first;
  for (uint32_t i = 0; i < extent.count; ++i, position = ring.next(position)) {
    const auto descriptor = fetch(ring, position);
    const uint32_t length = length_of(descriptor.command);
    const bool extended = (descriptor.command & extension) != 0;
    if (length == 0 || length > most - size ||
        (extended && type_of(descriptor.command) != type_data)) {
      port_.trouble.malformed("tx descriptor's length or type", ring.queue, descriptor.command);
      return {};
    }
    if (!port_.dma.read(descriptor.address, staging.subspan(size, length))) {
      port_.trouble.dma_violation("tx queue", ring.queue, descriptor.address, length);
      return {};
    }
    size += length;
  }
  return staging.first(size);
}

Offload TxEngine::offload_of(const TxRing& ring, const Descriptor& first) {
  const uint64_t command = first.command;
  Offload offload;
  if ((command & extension) == 0) {
    offload.legacy_checksum = (command & insert_checksum) != 0;
    offload.checksum_offset = static_cast<uint16_t>(command >> 16U & 0xFFU);
    offload.checksum_start = static_cast<uint16_t>(command >> 40U & 0xFFU);
    offload.insert_vlan = (command & vlan_enable) != 0;
    offload.context.vlan = static_cast<uint16_t>(command >> 48U);
    return offload;
  }
  offload.ip_checksum = (command & ip_checksum_option) != 0;
  offload.l4_checksum = (command & l4_checksum_option) != 0;
  offload.insert_vlan = (command & vlan_enable) != 0;
  offload.context = contexts_[ring.queue & 127U][command >> 36U & 1U];
  offload.segment = (command & segmentation) != 0;
  return offload;
}

/// False if the wire has no room: the frame stays. A frame that cannot be sent is dropped.
bool TxEngine::send(const TxRing& ring, Extent extent) {
  const auto first = fetch(ring, extent.first);
  const uint32_t length = length_of(first.command);
  const bool advanced = (first.command & extension) != 0;
  const bool plain_type = !advanced || type_of(first.command) == type_data;
  const bool offloaded = (first.command & (advanced ? advanced_offload_bits : offload_bits)) != 0;

  if (extent.count == 1 && plain_type && !offloaded && length >= minimum_frame &&
      length <= maximum_frame) {
    const auto frame = port_.dma.translate(first.address, length, DmaSpace::Access::read);
    if (!frame.empty()) return transmit(ring, frame);
  }
  const auto offload = offload_of(ring, first);
  const auto gathered = gather(ring, extent, offload.segment ? request_.size() : maximum_frame);
  if (gathered.size() < ethernet_header) {
    ++dropped_;
    return true;
  }
  if (offload.segment) return send_segments(ring, offload, gathered);
  if (offload.any() && !apply_checksums(offload, gathered)) ++port_.trouble.offloads_ignored;
  return transmit(ring, finish(request_, gathered.size(), offload));
}

bool TxEngine::send_segments(const TxRing& ring, const Offload& offload,
                             std::span<const std::byte> request) {
  const auto segments = Segmentation::plan(offload, request);
  if (!segments) {
    port_.trouble.malformed("segmentation context", ring.queue, offload.context.segment_size);
    ++dropped_;
    return true;
  }
  uint32_t& next = segments_sent_.at(ring.queue);
  for (; next < segments->count(); ++next) {
    const size_t size = segments->make(next, tcp_flags_, staging_);
    if (!transmit(ring, finish(staging_, size, offload))) return false;
  }
  next = 0;
  return true;
}

std::span<const std::byte> TxEngine::finish(std::span<std::byte> staging, size_t size,
                                            const Offload& offload) const {
  if (offload.insert_vlan) {
    insert_vlan_tag(staging, size, offload.context.vlan);
    size += 4;
  }
  if (size < minimum_frame && pad_) {
    std::ranges::fill(staging.subspan(size, minimum_frame - size), std::byte{0});
    size = minimum_frame;
  }
  return staging.first(size);
}

bool TxEngine::transmit(const TxRing& ring, std::span<const std::byte> frame) {
  if (!port_.wire->transmit(frame)) return false;
  ++sent_.at(ring.queue);
  port_.statistics.transmitted(frame, frame.size() + crc_size);
  port_.statistics.add(Counter::qptc, 1, ring.statistics_index);
  port_.statistics.add(Counter::qbtc, frame.size(), ring.statistics_index);
  return true;
}

/// Reports the descriptors that ask for it (7.2.3.5); true if one did.
bool TxEngine::complete(const TxRing& ring, Extent extent) {
  bool reported = false;
  uint32_t position = extent.first;
  for (uint32_t i = 0; i < extent.count; ++i, position = ring.next(position)) {
    const uint64_t command = fetch(ring, position).command;
    if ((command & report_status) == 0) continue;
    reported = true;
    if (ring.head_write_back) continue;
    // Of an advanced descriptor only the status is left; a legacy one keeps the rest.
    const bool advanced = (command & extension) != 0;
    shared::store_release<uint64_t>(ring.memory,
                                    static_cast<size_t>(position) * descriptor_size + 8,
                                    advanced ? tx_descriptor_done : command | tx_descriptor_done);
  }
  return reported;
}

void TxEngine::write_back_head(const TxRing& ring, uint32_t head) {
  const auto memory = port_.dma.translate(ring.write_back_address, 4, DmaSpace::Access::write);
  if (memory.empty()) {
    port_.trouble.dma_violation("head write-back of tx queue", ring.queue, ring.write_back_address,
                                4);
    return;
  }
  shared::store_release<uint32_t>(memory, 0, head);
}

}  // namespace bulkhead::model::ixgbe
