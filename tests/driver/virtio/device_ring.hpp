// The device's side of a virtqueue, written from the specification and not from the driver's side:
// takes what was made available, gives it back, in any order and with any lie.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bulkhead/base/shared_words.hpp"

namespace bulkhead::virtio {

/// A piece of a buffer: (address, length, whether the device may write).
struct DevicePiece {
  uint64_t address;
  uint32_t length;
  bool writable;
};
struct DeviceBuffer {
  uint16_t id;
  std::vector<DevicePiece> pieces;
};

/// The three areas of a queue; all of them may lie in one span.
struct DeviceAreas {
  std::span<std::byte> descriptors;
  std::span<std::byte> driver;
  std::span<std::byte> device;
};

class DeviceRing {
 public:
  virtual ~DeviceRing() = default;
  DeviceRing() = default;
  DeviceRing(const DeviceRing&) = delete;
  DeviceRing& operator=(const DeviceRing&) = delete;
  DeviceRing(DeviceRing&&) = delete;
  DeviceRing& operator=(DeviceRing&&) = delete;

  virtual std::optional<DeviceBuffer> take() = 0;
  /// Gives a buffer of `descriptors` pieces back, whether the device has it or not.
  virtual void give(uint32_t id, uint32_t length, uint32_t descriptors) = 0;
  void give(uint32_t id, uint32_t length) { give(id, length, 1); }
  /// Whether the driver wants an interrupt for what was given since it was asked last.
  virtual bool wants_interrupt() = 0;
  /// Asks to be notified of the next buffer, or of none.
  virtual void ask_for_notification(bool wanted) = 0;
};

class SplitDevice final : public DeviceRing {
 public:
  using DeviceRing::give;
  SplitDevice(uint16_t entries, DeviceAreas areas, bool events)
      : n_(entries), areas_(areas), events_(events) {}

  std::optional<DeviceBuffer> take() override {
    if (shared::load_acquire<uint16_t>(areas_.driver, 2) == taken_) return std::nullopt;
    const auto head = shared::load_relaxed<uint16_t>(areas_.driver, 4 + 2U * (taken_ % n_));
    ++taken_;
    DeviceBuffer buffer{.id = head, .pieces = {}};
    for (uint16_t at = head;;) {
      const auto low = shared::load_relaxed<uint64_t>(areas_.descriptors, at * 16U);
      const auto high = shared::load_relaxed<uint64_t>(areas_.descriptors, at * 16U + 8);
      buffer.pieces.push_back({low, static_cast<uint32_t>(high), (high >> 32U & 2U) != 0});
      if ((high >> 32U & 1U) == 0) return buffer;
      at = static_cast<uint16_t>(high >> 48U);
    }
  }
  void give(uint32_t id, uint32_t length, uint32_t /*descriptors*/) override {
    const size_t entry = 4 + 8U * (given_ % n_);
    shared::store_relaxed<uint32_t>(areas_.device, entry, id);
    shared::store_relaxed<uint32_t>(areas_.device, entry + 4, length);
    jump_to(static_cast<uint16_t>(given_ + 1));
  }
  /// Says that it has given back that many, ever.
  void jump_to(uint16_t index) {
    given_ = index;
    shared::store_release<uint16_t>(areas_.device, 2, given_);
  }
  bool wants_interrupt() override {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const uint16_t before = std::exchange(asked_, given_);
    if (!events_) return (shared::load_relaxed<uint16_t>(areas_.driver, 0) & 1U) == 0;
    const auto event = shared::load_relaxed<uint16_t>(areas_.driver, 4 + 2U * n_);
    // Whether `event` is among [before, given_).
    return static_cast<uint16_t>(event - before) < static_cast<uint16_t>(given_ - before);
  }
  void ask_for_notification(bool wanted) override {
    shared::store_relaxed<uint16_t>(areas_.device, 0, wanted ? 0 : 1);
    shared::store_relaxed<uint16_t>(areas_.device, 4 + 8U * n_,
                                    static_cast<uint16_t>(wanted ? taken_ : taken_ - 1));
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }

 private:
  uint16_t n_;
  DeviceAreas areas_;
  bool events_;
  uint16_t taken_ = 0;
  uint16_t given_ = 0;
  uint16_t asked_ = 0;
};

class PackedDevice final : public DeviceRing {
 public:
  using DeviceRing::give;
  PackedDevice(uint16_t entries, DeviceAreas areas, bool events)
      : n_(entries), areas_(areas), events_(events) {}

  std::optional<DeviceBuffer> take() override {
    DeviceBuffer buffer{};
    for (;;) {
      const auto high = shared::load_acquire<uint64_t>(areas_.descriptors, take_at_ * 16U + 8);
      const auto flags = static_cast<uint16_t>(high >> 48U);
      const bool available = ((flags >> 7U & 1U) != 0) == take_wrap_;
      const bool used = ((flags >> 15U & 1U) != 0) == take_wrap_;
      if (!available || used) return std::nullopt;  // of a list, the first comes last
      const auto low = shared::load_relaxed<uint64_t>(areas_.descriptors, take_at_ * 16U);
      buffer.pieces.push_back({low, static_cast<uint32_t>(high), (flags & 2U) != 0});
      buffer.id = static_cast<uint16_t>(high >> 32U);
      advance(take_at_, take_wrap_, 1);
      if ((flags & 1U) == 0) return buffer;
    }
  }
  void give(uint32_t id, uint32_t length, uint32_t descriptors) override {
    const uint64_t flags = give_wrap_ ? uint64_t{0x8080} : 0;
    shared::store_release<uint64_t>(areas_.descriptors, give_at_ * 16U + 8,
                                    length | uint64_t{id & 0xFFFFU} << 32U | flags << 48U);
    advance(give_at_, give_wrap_, descriptors);
  }
  bool wants_interrupt() override {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return (shared::load_relaxed<uint32_t>(areas_.driver, 0) >> 16U & 3U) == 0;
  }
  void ask_for_notification(bool wanted) override {
    const uint32_t position = take_at_ | (take_wrap_ ? 1U << 15U : 0);
    const uint32_t kind = !wanted ? 1U : events_ ? 2U : 0U;
    shared::store_relaxed<uint32_t>(areas_.device, 0, position | kind << 16U);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }

 private:
  void advance(uint16_t& at, bool& wrap, uint32_t count) const {
    at = static_cast<uint16_t>(at + count);
    if (at < n_) return;
    at = static_cast<uint16_t>(at - n_);
    wrap = !wrap;
  }

  uint16_t n_;
  DeviceAreas areas_;
  bool events_;
  uint16_t take_at_ = 0;
  bool take_wrap_ = true;
  uint16_t give_at_ = 0;
  bool give_wrap_ = true;
};

}  // namespace bulkhead::virtio
