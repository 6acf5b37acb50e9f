#include "model/wires/test_frame.hpp"

#include <algorithm>
#include <array>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::model {
namespace {

constexpr uint16_t ethertype = 0xB588;  // 0x88B5 as its bytes lie
constexpr uint32_t magic = 0x44484B42;
constexpr size_t touched_byte = 1;
constexpr size_t head_size = 64;  // what is copied to check a frame; the smallest fits
constexpr size_t checksum_at = 40;

using Head = std::array<std::byte, head_size>;

template <class T>
void put(std::span<std::byte> bytes, size_t at, T value) {
  std::ranges::copy(to_bytes(value), bytes.subspan(at, sizeof value).begin());
}

template <class T>
T get(std::span<const std::byte> bytes, size_t at) {
  return from_bytes<T>(bytes.subspan(at));
}

/// Sums products of neighbouring words, each made odd by its own key, as the NH hash does: words
/// that swap places or bits that flip change the sum, and no product waits for another.
uint64_t sum_block(std::span<const std::byte> block, uint64_t key) {
  const uint64_t first = get<uint64_t>(block, 0) + key;
  const uint64_t second = get<uint64_t>(block, 8) + (key ^ 0xC2B2AE3D27D4EB4FULL);
  const auto product = static_cast<unsigned long long>(first | 1U) * (second | 1U);
  return product ^ (first << 17U) ^ (second >> 9U);
}

constexpr uint64_t key_step = 0x9E3779B97F4A7C15ULL;

uint64_t sum_head(const Head& head, size_t frame_size) {
  const std::span<const std::byte> bytes{head};
  return frame_size * 0x165667B19E3779F9ULL + sum_block(bytes.first<16>(), key_step) +
         sum_block(bytes.subspan<16, 16>(), 2 * key_step) +
         sum_block(bytes.subspan<32, 16>(), 3 * key_step) +
         sum_block(bytes.subspan<48, 16>(), 4 * key_step);
}

uint64_t sum_filling(std::span<const std::byte> bytes) {
  uint64_t sum = 0;
  uint64_t key = 5 * key_step;
  for (; bytes.size() >= 16; bytes = bytes.subspan(16), key += key_step)
    sum += sum_block(bytes.first(16), key);
  if (bytes.empty()) return sum;
  std::array<std::byte, 16> last{};
  std::ranges::copy(bytes, last.begin());
  return sum + sum_block(last, key);
}

Head head_of(std::span<const std::byte> frame) {
  Head head{};
  if (frame.size() >= head_size) {
    std::ranges::copy(frame.first<head_size>(), head.begin());
  } else {
    std::ranges::copy(frame, head.begin());
  }
  return head;
}

/// The checksum of a frame whose first bytes are `head`; the checksum's own field is not part.
uint64_t checksum(Head head, size_t frame_size, uint64_t filling) {
  head[touched_byte] = std::byte{0};
  put<uint64_t>(head, checksum_at, 0);
  return sum_head(head, frame_size) + filling;
}

}  // namespace

TestFrame::TestFrame(size_t size, uint32_t stream) : bytes_(std::max(size, smallest)) {
  const std::span bytes{bytes_};
  for (size_t i = 48; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + 13);
  static constexpr std::array source{std::byte{0x02}, std::byte{0x47}, std::byte{0x45},
                                     std::byte{0x4E}, std::byte{0x00}, std::byte{0x00}};
  std::ranges::copy(source, bytes.subspan(6).begin());
  put(bytes, 12, ethertype);
  put(bytes, 16, magic);
  put(bytes, 20, stream);
  if (bytes.size() > head_size) filling_sum_ = sum_filling(bytes.subspan(head_size));
}

void TestFrame::set_destination(std::span<const std::byte, 6> address) {
  std::ranges::copy(address, bytes_.begin());
  bytes_[14] = address[touched_byte];
}

std::span<const std::byte> TestFrame::make(uint64_t number, uint64_t due_at) {
  const std::span bytes{bytes_};
  const auto flow = static_cast<std::byte>(number % flows);
  bytes[11] = flow;
  bytes[15] = flow;
  put(bytes, 24, number / flows);
  put(bytes, 32, due_at);
  put(bytes, checksum_at, checksum(head_of(bytes), bytes.size(), filling_sum_));
  return bytes;
}

std::optional<TestFrame::Content> TestFrame::parse(std::span<const std::byte> frame) {
  if (frame.size() < smallest) return std::nullopt;
  // The frame may lie in memory that its sender still can write: one copy, then the checks.
  const Head head = head_of(frame);
  if (get<uint16_t>(head, 12) != ethertype || get<uint32_t>(head, 16) != magic) return std::nullopt;
  const uint64_t filling = frame.size() > head_size ? sum_filling(frame.subspan(head_size)) : 0;
  const auto touched = std::to_integer<uint8_t>(head[touched_byte]);
  const auto original = std::to_integer<uint8_t>(head[14]);
  const bool touched_well = static_cast<uint8_t>(touched - original) <= touches;
  return Content{.stream = get<uint32_t>(head, 20),
                 .flow = std::to_integer<uint32_t>(head[15]) % flows,
                 .sequence = get<uint64_t>(head, 24),
                 .due_at = get<uint64_t>(head, 32),
                 .intact = touched_well && get<uint64_t>(head, checksum_at) ==
                                               checksum(head, frame.size(), filling)};
}

}  // namespace bulkhead::model
