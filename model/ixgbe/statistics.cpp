#include "model/ixgbe/statistics.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace bulkhead::model::ixgbe {
namespace {

/// A 64-bit count has two registers: reading the high half clears both, so the low one comes first.
enum class Part : uint8_t { whole, low, high };

struct Line {
  uint32_t offset;
  uint32_t count;
  uint32_t stride;
  Counter counter;
  Part part;
};

constexpr std::array counter_lines{
    Line{0x04074, 1, 4, Counter::gprc, Part::whole},
    Line{0x04078, 1, 4, Counter::bprc, Part::whole},
    Line{0x0407C, 1, 4, Counter::mprc, Part::whole},
    Line{0x04080, 1, 4, Counter::gptc, Part::whole},
    Line{0x04088, 1, 4, Counter::gorc, Part::low},
    Line{0x0408C, 1, 4, Counter::gorc, Part::high},
    Line{0x04090, 1, 4, Counter::gotc, Part::low},
    Line{0x04094, 1, 4, Counter::gotc, Part::high},
    Line{0x040A4, 1, 4, Counter::ruc, Part::whole},
    Line{0x040A8, 1, 4, Counter::rfc, Part::whole},
    Line{0x040AC, 1, 4, Counter::roc, Part::whole},
    Line{0x040C0, 1, 4, Counter::tor, Part::low},
    Line{0x040C4, 1, 4, Counter::tor, Part::high},
    Line{0x040D0, 1, 4, Counter::tpr, Part::whole},
    Line{0x040D4, 1, 4, Counter::tpt, Part::whole},
    Line{0x040F0, 1, 4, Counter::mptc, Part::whole},
    Line{0x040F4, 1, 4, Counter::bptc, Part::whole},
    Line{0x04000, 1, 4, Counter::crcerrs, Part::whole},
    Line{0x0405C, 6, 4, Counter::prc_sizes, Part::whole},
    Line{0x040D8, 6, 4, Counter::ptc_sizes, Part::whole},
    Line{0x03FA0, 8, 4, Counter::mpc, Part::whole},
    Line{0x01030, 16, 0x40, Counter::qprc, Part::whole},
    Line{0x01034, 16, 0x40, Counter::qbrc, Part::low},
    Line{0x01038, 16, 0x40, Counter::qbrc, Part::high},
    Line{0x01430, 16, 0x40, Counter::qprdc, Part::whole},
    Line{0x08680, 16, 4, Counter::qptc, Part::whole},
    Line{0x08700, 16, 8, Counter::qbtc, Part::low},
    Line{0x08704, 16, 8, Counter::qbtc, Part::high},
    Line{0x041B0, 1, 4, Counter::rxnfgpc, Part::whole},
    Line{0x041B4, 1, 4, Counter::rxnfgbc, Part::low},
    Line{0x041B8, 1, 4, Counter::rxnfgbc, Part::high},
    Line{0x02F50, 1, 4, Counter::rxdgpc, Part::whole},
    Line{0x02F54, 1, 4, Counter::rxdgbc, Part::low},
    Line{0x02F58, 1, 4, Counter::rxdgbc, Part::high},
    Line{0x087A0, 1, 4, Counter::txdgpc, Part::whole},
    Line{0x087A4, 1, 4, Counter::txdgbc, Part::low},
    Line{0x087A8, 1, 4, Counter::txdgbc, Part::high},
};

uint32_t size_class(uint64_t wire_length) {
  if (wire_length <= 64) return 0;
  if (wire_length <= 127) return 1;
  if (wire_length <= 255) return 2;
  if (wire_length <= 511) return 3;
  if (wire_length <= 1023) return 4;
  return 5;
}

bool is_broadcast(std::span<const std::byte> frame) {
  return std::ranges::all_of(frame.first(6), [](std::byte b) { return b == std::byte{0xFF}; });
}

bool is_group(std::span<const std::byte> frame) {
  return (frame[0] & std::byte{1}) != std::byte{0};
}

}  // namespace

void Statistics::received(std::span<const std::byte> frame, uint64_t wire_length) {
  add(Counter::gprc);
  add(Counter::gorc, wire_length);
  add(Counter::prc_sizes, 1, size_class(wire_length));
  if (is_group(frame)) add(is_broadcast(frame) ? Counter::bprc : Counter::mprc);
}

void Statistics::transmitted(std::span<const std::byte> frame, uint64_t wire_length) {
  add(Counter::gptc);
  add(Counter::gotc, wire_length);
  add(Counter::tpt);
  add(Counter::txdgpc);
  add(Counter::txdgbc, frame.size());
  add(Counter::ptc_sizes, 1, size_class(wire_length));
  if (is_group(frame)) add(is_broadcast(frame) ? Counter::bptc : Counter::mptc);
}

std::optional<uint32_t> Statistics::read(uint32_t offset) {
  for (const auto& line : counter_lines) {
    const uint32_t distance = offset - line.offset;  // wraps below, and then is too far
    if (distance >= line.count * line.stride || distance % line.stride != 0) continue;
    auto& value =
        values_[(static_cast<size_t>(line.counter) + distance / line.stride) % values_.size()];
    if (line.part == Part::low) return static_cast<uint32_t>(value);
    const uint64_t whole = std::exchange(value, 0);
    if (line.part == Part::high) return static_cast<uint32_t>(whole >> 32U);
    return static_cast<uint32_t>(std::min<uint64_t>(whole, std::numeric_limits<uint32_t>::max()));
  }
  return std::nullopt;
}

}  // namespace bulkhead::model::ixgbe
