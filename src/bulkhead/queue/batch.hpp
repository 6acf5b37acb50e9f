// Frames on their way through a program, in order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "bulkhead/base/require.hpp"
#include "bulkhead/queue/packet.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::queue {

/// Up to `limit` frames of one pool. The batch owns them: what a send did not take is still here,
/// and what is here when the batch ends goes back to the pool.
///
///   Batch batch{pool, 32};
///   rx.receive(batch);
///   for (std::span<std::byte> frame : batch) ...
///   tx.send(batch);
class Batch {
 public:
  static constexpr uint32_t most = 256;

  /// `limit` is in [1, most] (a trap otherwise).
  explicit Batch(std::shared_ptr<Pool> pool, uint32_t limit = 32)
      : pool_(pool.get()), limit_(limit), keeps_pool_(std::move(pool)) {
    require(pool_ != nullptr && limit >= 1 && limit <= most);
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  Batch(Batch&&) = delete;
  Batch& operator=(Batch&&) = delete;
  ~Batch() { clear(); }

  [[nodiscard]] uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] uint32_t room() const { return limit_ - size_; }
  [[nodiscard]] Pool& pool() const [[clang::lifetimebound]] { return *pool_; }

  /// Gives all frames back to the pool.
  void clear();
  /// Adds a packet of this batch's pool at the end (a trap if it is another pool's, if the packet
  /// was moved away, or if there is no room).
  void add([[clang::param_typestate(unconsumed)]] Packet packet);
  /// Takes the first frame out; the batch must not be empty (a trap).
  [[nodiscard]] Packet take_first();

  /// Goes over the frames as spans of bytes.
  class Iterator {
   public:
    Iterator(std::span<const Handle>::iterator handle, const Buffers& buffers)
        : handle_(handle), buffers_(buffers) {}
    [[nodiscard]] std::span<std::byte> operator*() const { return buffers_.bytes(*handle_); }
    Iterator& operator++() {
      ++handle_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.handle_ == b.handle_; }

   private:
    std::span<const Handle>::iterator handle_;
    Buffers buffers_;
  };
  [[nodiscard]] Iterator begin() const { return {handles().begin(), pool_->buffers()}; }
  [[nodiscard]] Iterator end() const { return {handles().end(), pool_->buffers()}; }

  // For rx and tx queues, which take over or hand over what the handles stand for.

  /// The frames' handles, in order.
  [[nodiscard]] std::span<const Handle> handles() const [[clang::lifetimebound]] {
    return std::span{handles_}.first(size_);
  }
  /// The first of them; the batch must not be empty.
  [[nodiscard]] const Handle& first() const [[clang::lifetimebound]] { return handles_.front(); }
  /// Room for further handles, at the end; what was written there counts after grow().
  [[nodiscard]] std::span<Handle> unused() [[clang::lifetimebound]] {
    return std::span{handles_}.subspan(size_).first(room());
  }
  /// The first of the unused ones; there must be room, which grow() checks.
  [[nodiscard]] Handle& next_unused() [[clang::lifetimebound]] { return handles_[size_ % most]; }
  void grow(uint32_t count) {
    require(count <= room());
    size_ += count;
  }
  /// All of the unused handles count.
  void grow_full() { size_ = limit_; }
  /// The first `count` frames belong to somebody else now.
  void release_first(uint32_t count) {
    if (count == size_) {
      release_all();
    } else {
      close_gap(count);
    }
  }
  void release_all() { size_ = 0; }

 private:
  void close_gap(uint32_t count);

  Pool* pool_;
  uint32_t size_ = 0;  ///< never above limit_
  uint32_t limit_;
  std::shared_ptr<Pool> keeps_pool_;
  std::array<Handle, most> handles_;
};

}  // namespace bulkhead::queue
