// One frame with one owner.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "bulkhead/queue/pool.hpp"

namespace bulkhead::queue {

/// A frame taken out of a batch, or made from a free buffer; its buffer goes back to the pool with
/// it. Using a packet that was moved away is a warning (an error here) with clang, and yields an
/// empty span at run time. The pool must outlive the packet.
class [[clang::consumable(unconsumed)]] Packet {
 public:
  /// A free buffer with room for a frame of `length` bytes; its contents are whatever was there
  /// before. None if the pool has no buffer, its buffers are too small, or it is less than
  /// shortest_frame.
  [[nodiscard]] static std::optional<Packet> allocate(Pool& pool [[clang::lifetimebound]],
                                                      uint32_t length);

  Packet(Packet&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), handle_(std::exchange(other.handle_, {})) {}
  Packet& operator=(Packet&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;
  ~Packet() {
    if (pool_ != nullptr) pool_->give(std::array{handle_.slot()});
  }

  /// The frame, from the Ethernet header on, without its CRC.
  [[nodiscard]] [[clang::callable_when(unconsumed)]] std::span<std::byte> bytes() const {
    return pool_ != nullptr ? pool_->buffers().bytes(handle_) : std::span<std::byte>{};
  }

 private:
  friend class Batch;
  [[clang::return_typestate(unconsumed)]] Packet(Pool& pool, Handle handle)
      : pool_(&pool), handle_(handle) {}

  Pool* pool_;
  Handle handle_;
};

}  // namespace bulkhead::queue
