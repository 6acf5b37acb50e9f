#include "model/ixgbe/rx_engine.hpp"

#include <algorithm>

#include "bulkhead/base/bits.hpp"
#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/shared_words.hpp"

#include "model/copy_bytes.hpp"
#include "model/ixgbe/frame_sizes.hpp"
#include "model/ixgbe/packet_type.hpp"
#include "model/ixgbe/prefetch.hpp"
#include "model/ixgbe/registers.hpp"
#include "model/ixgbe/rss.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr size_t largest_standard = 1518;
constexpr size_t vlan_tag_size = 4;
constexpr uint64_t descriptor_done = bit(0);
constexpr uint64_t end_of_packet = bit(1);
constexpr uint32_t status_vlan = bit(3);

}  // namespace

void RxEngine::refresh() {
  const RegisterFile& registers = port_.registers;
  filter_.refresh(registers);
  const bool enabled = (registers.get(reg::RXCTRL) & bit(0)) != 0;
  const bool disabled_by_security = (registers.get(reg::SECRXCTRL) & bit(1)) != 0;
  receiving_ = enabled && !disabled_by_security;
  const uint32_t hlreg0 = registers.get(reg::HLREG0);
  keep_crc_ = (hlreg0 & bit(1)) == 0;
  const bool jumbo = (hlreg0 & bit(2)) != 0;
  largest_ = jumbo ? std::min<size_t>(registers.get(reg::MAXFRS) >> 16U, maximum_frame + crc_size)
                   : largest_standard;
  vlan_type_ = static_cast<uint16_t>(registers.get(reg::VLNCTRL));
  rss_ = (registers.get(reg::MRQC) & 0xFU) == 1;
  rings_.clear();
  for (uint32_t queue = 0; queue < queue_count; ++queue) add_ring(queue);
}

bool RxEngine::add_ring(uint32_t queue) {
  RxRing ring;
  ring.queue = queue;
  ring.registers = rx_queue_offset(queue);
  if (!locate_ring(port_, ring, DmaSpace::Access::write)) return false;
  const uint32_t srrctl = port_.registers.get(ring.registers + reg::srrctl);
  ring.buffer_size = (srrctl & 0x1FU) * 1024;
  // Header splitting is not modelled: everything but legacy is written to one buffer.
  ring.advanced = (srrctl >> 25U & 7U) != 0;
  ring.strip_vlan = (port_.registers.get(ring.registers + reg::control) & bit(30)) != 0;
  ring.statistics_index = port_.registers.get(0x02300 + queue / 4 * 4) >> (queue % 4 * 8) & 0xFU;
  if (ring.buffer_size == 0) {
    port_.trouble.malformed("SRRCTL.BSIZEPACKET is 0", queue, srrctl);
    return false;
  }
  ring.pending.reserve(turn_budget);
  rings_.push_back(std::move(ring));
  return true;
}

bool RxEngine::turn() {
  ++turn_;
  if (!receiving_ || rings_.empty()) {
    blocked_ = port_.wire->can_wait();
    if (!blocked_) discard();
    return false;
  }
  blocked_ = false;
  uint32_t moved = 0;
  for (; moved < turn_budget; ++moved) {
    const auto frame = port_.wire->peek();
    if (frame.empty()) break;
    blocked_ = offer(frame) == Outcome::wait;
    if (blocked_) break;
    port_.wire->consume();
  }
  if (moved == 0) return false;
  for (RxRing& ring : rings_) {
    if (ring.pending.empty()) continue;
    write_back(ring);
    port_.registers.set(ring.registers + reg::head, ring.head);
    port_.interrupts.rx_done(ring.queue);
  }
  return true;
}

/// A turn's descriptors in one go, as the silicon writes back whole cache lines (7.1.5): a client
/// that polls would otherwise fetch each line once for every descriptor in it.
void RxEngine::write_back(RxRing& ring) {
  uint32_t position = ring.distance(static_cast<uint32_t>(ring.pending.size()), ring.head);
  for (const WriteBack& quadwords : ring.pending) {
    const size_t at = static_cast<size_t>(position) * descriptor_size;
    if (ring.advanced) shared::store_relaxed<uint64_t>(ring.memory, at, quadwords.low);
    shared::store_release<uint64_t>(ring.memory, at + 8, quadwords.high);
    position = ring.next(position);
  }
  ring.pending.clear();
}

/// A port that is not receiving lets frames pass by, as the silicon does.
void RxEngine::discard() {
  for (uint32_t i = 0; i < turn_budget && !port_.wire->peek().empty(); ++i) port_.wire->consume();
}

void RxEngine::load(RxRing& ring) {
  ring.turn = turn_;
  ring.available = 0;
  const uint32_t tail = port_.registers.get_acquire(ring.registers + reg::tail);
  ring.head = port_.registers.get(ring.registers + reg::head);
  if (tail >= ring.entries || ring.head >= ring.entries) return;
  if (!is_enabled(port_.registers, ring)) return;
  ring.available = ring.distance(ring.head, tail);
  prefetch_descriptors(ring, ring.head, ring.available);
}

RxEngine::RxRing* RxEngine::select(std::span<const std::byte> frame, Verdict& verdict) {
  const auto hash = rss_ ? rss_hash(port_.registers, frame) : RssHash{};
  verdict.hash = hash.value;
  verdict.hash_type = hash.type;
  size_t chosen = 0;
  if (spread_ == Spread::addresses && hash.type == 0) {
    chosen = std::to_integer<size_t>(frame[5] ^ frame[11]) % rings_.size();
  } else if (rss_) {
    const auto found = std::ranges::find(rings_, hash.queue, &RxRing::queue);
    if (found == rings_.end()) return nullptr;
    chosen = static_cast<size_t>(found - rings_.begin());
  } else if (rings_[0].queue != 0) {
    return nullptr;
  }
  RxRing& ring = rings_[chosen];
  if (ring.turn != turn_) load(ring);
  return &ring;
}

/// MAXFRS does not count the VLAN tag (8.2.3.22.13).
bool RxEngine::is_too_long(std::span<const std::byte> frame) const {
  const size_t wire_length = frame.size() + crc_size;
  if (wire_length <= largest_) return false;
  const uint16_t type = big_endian(from_bytes<uint16_t>(frame.subspan(12)));
  return type != vlan_type_ || wire_length - vlan_tag_size > largest_;
}

RxEngine::Outcome RxEngine::offer(std::span<const std::byte> frame) {
  const size_t wire_length = frame.size() + crc_size;
  Statistics& statistics = port_.statistics;
  if (frame.size() < minimum_frame || is_too_long(frame)) {
    statistics.add(Counter::tpr);
    statistics.add(Counter::tor, wire_length);
    statistics.add(frame.size() < minimum_frame ? Counter::ruc : Counter::roc);
    return Outcome::dropped;
  }
  Verdict verdict;
  RxRing* ring = nullptr;
  if (filter_.accepts(frame)) {
    ring = select(frame, verdict);
    if (ring == nullptr) return no_room(nullptr);
    const auto bytes = prepare(frame, *ring, verdict);
    const auto needed = (bytes.size() + ring->buffer_size - 1) / ring->buffer_size;
    if (needed > ring->available) {
      // A ring that could never hold the frame must not hold up the ones behind it.
      if (port_.wire->can_wait() && needed < ring->entries) return Outcome::wait;
      return no_room(ring);
    }
    write_frame(*ring, bytes, verdict);
    statistics.add(Counter::qprc, 1, ring->statistics_index);
    statistics.add(Counter::qbrc, bytes.size(), ring->statistics_index);
    statistics.add(Counter::rxdgpc);
    statistics.add(Counter::rxdgbc, bytes.size());
    statistics.received(frame, wire_length);
    ++delivered_.at(ring->queue);
  } else {
    ++filtered_;
  }
  statistics.add(Counter::tpr);
  statistics.add(Counter::tor, wire_length);
  statistics.add(Counter::rxnfgpc);
  statistics.add(Counter::rxnfgbc, wire_length);
  return ring == nullptr ? Outcome::dropped : Outcome::delivered;
}

RxEngine::Outcome RxEngine::no_room(const RxRing* ring) {
  ++no_descriptor_;
  port_.statistics.add(Counter::mpc);
  if (ring != nullptr) port_.statistics.add(Counter::qprdc, 1, ring->statistics_index);
  return Outcome::dropped;
}

/// The bytes that go to memory: without the VLAN tag if it is stripped, with the CRC if it is not.
std::span<const std::byte> RxEngine::prepare(std::span<const std::byte> frame, const RxRing& ring,
                                             Verdict& verdict) {
  const uint16_t type = big_endian(from_bytes<uint16_t>(frame.subspan(12)));
  if (type == 0x0800 || type == 0x86DD) {
    const auto parsed = classify(frame);
    verdict.packet_type = parsed.type;
    verdict.status |= parsed.status;
    verdict.errors |= parsed.errors;
  }
  const bool strip = ring.strip_vlan && type == vlan_type_;
  if (!strip && !keep_crc_) return frame;
  const std::span staging{staging_};
  size_t size = 0;
  const auto put = [&](std::span<const std::byte> bytes) {
    copy_bytes(bytes, staging.subspan(size));
    size += bytes.size();
  };
  put(frame.first(12));
  put(frame.subspan(strip ? 12 + vlan_tag_size : 12));
  if (strip) {
    verdict.vlan = big_endian(from_bytes<uint16_t>(frame.subspan(14)));
    verdict.status |= status_vlan;
  }
  if (keep_crc_) put(to_bytes(ethernet_crc(frame)));
  return staging.first(size);
}

void RxEngine::write_buffer(RxRing& ring, uint64_t address, std::span<const std::byte> piece) {
  const auto memory = port_.dma.translate(address, piece.size(), DmaSpace::Access::write);
  if (!memory.empty()) {
    copy_bytes(piece, memory);
  } else if (!port_.dma.write(address, piece)) {
    // The bus drops such a write; the descriptor is written back all the same.
    port_.trouble.dma_violation("rx queue", ring.queue, address, piece.size());
  }
}

/// What the descriptor `ahead` of the head says; it is the client's to write, so it is not trusted.
uint64_t RxEngine::buffer_address(const RxRing& ring, uint32_t ahead) {
  const size_t position = ring.ahead(ring.head, ahead);
  return shared::load_relaxed<uint64_t>(ring.memory, position * descriptor_size);
}

void RxEngine::write_frame(RxRing& ring, std::span<const std::byte> bytes, const Verdict& verdict) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min<size_t>(bytes.size(), ring.buffer_size));
    bytes = bytes.subspan(piece.size());
    if (ring.available > prefetch_distance)
      prefetch_buffer(port_.dma, buffer_address(ring, prefetch_distance), DmaSpace::Access::write);
    write_buffer(ring, buffer_address(ring, 0), piece);

    const bool last = bytes.empty();
    const uint64_t status = descriptor_done | (last ? end_of_packet | verdict.status : 0);
    const uint64_t errors = last ? verdict.errors : 0;
    const uint64_t length = piece.size();
    const uint64_t vlan = last ? verdict.vlan : 0;
    if (ring.advanced) {
      // 7.1.6.2: both quadwords change; software keeps the buffer's address elsewhere.
      ring.pending.push_back({.low = verdict.hash_type | verdict.packet_type << 4U |
                                     static_cast<uint64_t>(verdict.hash) << 32U,
                              .high = status | errors << 20U | length << 32U | vlan << 48U});
    } else {
      // 7.1.5: the address stays; errors are TCPE and IPE in the top of their byte.
      ring.pending.push_back(
          {.low = 0,
           .high = length | (status & 0xFFU) << 32U | (errors >> 4U & 0xFFU) << 40U | vlan << 48U});
    }
    ring.head = ring.next(ring.head);
    --ring.available;
  }
}

}  // namespace bulkhead::model::ixgbe
