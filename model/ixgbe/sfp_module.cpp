#include "model/ixgbe/sfp_module.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "bulkhead/base/bits.hpp"

namespace bulkhead::model::ixgbe {
namespace {

constexpr uint32_t clock_in = bit(0);
constexpr uint32_t clock_out = bit(1);
constexpr uint32_t data_in = bit(2);
constexpr uint32_t data_out = bit(3);
constexpr uint8_t device_address = 0xA0;

void put_text(std::span<std::byte> field, std::string_view text) {
  std::ranges::fill(field, std::byte{' '});
  std::ranges::transform(text.substr(0, field.size()), field.begin(),
                         [](char c) { return static_cast<std::byte>(c); });
}

std::byte sum_of(std::span<const std::byte> bytes) {
  unsigned sum = 0;
  for (const std::byte b : bytes) sum += std::to_integer<unsigned>(b);
  return static_cast<std::byte>(sum & 0xFFU);
}

}  // namespace

SfpModule::SfpModule() {
  const std::span memory{memory_};
  memory_[0] = std::byte{0x03};  // SFP or SFP+
  memory_[1] = std::byte{0x04};
  memory_[2] = std::byte{0x07};   // LC connector
  memory_[3] = std::byte{0x10};   // 10GBASE-SR
  memory_[12] = std::byte{0x67};  // 10.3 Gb/s
  put_text(memory.subspan(20, 16), "Bulkhead");
  memory_[37] = std::byte{0x00};  // Intel's identifier: software checks the vendor
  memory_[38] = std::byte{0x1B};
  memory_[39] = std::byte{0x21};
  put_text(memory.subspan(40, 16), "MODEL-SR");
  put_text(memory.subspan(56, 4), "1");
  memory_[60] = std::byte{850 >> 8};
  memory_[61] = std::byte{850 & 0xFF};
  memory_[63] = sum_of(memory.first(63));
  put_text(memory.subspan(68, 16), "1");
  put_text(memory.subspan(84, 8), "260101");
  memory_[95] = sum_of(memory.subspan(64, 31));
}

uint32_t SfpModule::read() const {
  return (clock_ ? clock_in | clock_out : 0U) | (host_data_ ? data_out : 0U) |
         (host_data_ && module_data_ ? data_in : 0U);
}

void SfpModule::write(uint32_t value) {
  const bool clock = (value & clock_out) != 0;
  const bool data = (value & data_out) != 0;
  if (clock_ && clock && host_data_ && !data) {
    start();
  } else if (clock_ && clock && !host_data_ && data) {
    state_ = State::idle;
    module_data_ = true;
  }
  host_data_ = data;
  if (!clock_ && clock) clock_rose();
  if (clock_ && !clock) clock_fell();
  clock_ = clock;
}

void SfpModule::start() {
  state_ = State::address;
  bits_ = 0;
  shift_ = 0;
  module_data_ = true;
}

void SfpModule::clock_rose() {
  if (state_ == State::idle) return;
  if (bits_ < 8) shift_ = static_cast<uint8_t>(shift_ * 2U + (host_data_ ? 1U : 0U));
  if (bits_ == 8) acknowledged_ = !host_data_;
  ++bits_;
}

void SfpModule::clock_fell() {
  if (state_ == State::idle) return;
  if (bits_ == 8) {
    module_data_ = true;
    if (state_ != State::send) byte_received();
    return;
  }
  if (bits_ == 9) {
    bits_ = 0;
    module_data_ = true;
    // The host ends a read by not acknowledging a byte.
    if (state_ == State::send) next_ = acknowledged_ ? State::send : State::idle;
    state_ = next_;
    if (state_ == State::send) out_ = std::to_integer<uint8_t>(memory_.at(pointer_++));
  }
  if (state_ == State::send) module_data_ = (out_ >> (7U - bits_) & 1U) != 0;
}

void SfpModule::byte_received() {
  module_data_ = false;  // acknowledge
  if (state_ == State::word) pointer_ = shift_;
  next_ = State::receive;
  if (state_ != State::address) return;
  const bool selected = (shift_ & 0xFEU) == device_address;
  module_data_ = !selected;
  next_ = !selected ? State::idle : (shift_ & 1U) != 0 ? State::send : State::word;
}

}  // namespace bulkhead::model::ixgbe
