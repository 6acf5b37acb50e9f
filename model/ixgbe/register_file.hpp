// BAR 0's words: one sealed memory file, so that the pages of the queues can be mapped by the
// client. Whatever is read from it may have been written by the client a moment ago.
#pragma once

#include <cstdint>
#include <utility>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/shared_words.hpp"

namespace bulkhead::model::ixgbe {

class RegisterFile {
 public:
  static Result<RegisterFile> create();

  [[nodiscard]] uint32_t get(uint32_t offset) const {
    return shared::load_relaxed<uint32_t>(memory_.bytes(), offset);
  }
  /// For a doorbell: what the client wrote before it is seen.
  [[nodiscard]] uint32_t get_acquire(uint32_t offset) const {
    return shared::load_acquire<uint32_t>(memory_.bytes(), offset);
  }
  void set(uint32_t offset, uint32_t value) {
    shared::store_relaxed<uint32_t>(memory_.bytes(), offset, value);
  }
  [[nodiscard]] uint64_t get64(uint32_t low, uint32_t high) const {
    return get(low) | static_cast<uint64_t>(get(high)) << 32U;
  }

  /// Everything as after power-on, by the book.
  void reset();
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  RegisterFile(OwnedFd fd, Mapping memory) : fd_(std::move(fd)), memory_(std::move(memory)) {}

  OwnedFd fd_;
  Mapping memory_;
};

}  // namespace bulkhead::model::ixgbe
