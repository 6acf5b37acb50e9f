// Memory to share with a device: a sealed memory file, mapped here, on huge pages where the system
// has them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/units.hpp"

namespace bulkhead::memory {

class Region {
 public:
  /// At least `size` bytes of zeros, rounded up to 2 MiB. On 2 MiB pages if the system's pool has
  /// enough of them, otherwise on 4 KiB pages. Errors: `no_memory`, with the numbers.
  static Result<Region> allocate(const std::string& name, Bytes size);

  /// Memory that somebody else made and handed on: the first `size` bytes of `fd`. Errors: what
  /// mmap(2) says.
  static Result<Region> adopt(OwnedFd fd, Bytes size);

  Region() = default;

  /// The device may write them at any time: copy a value once, then check it.
  [[nodiscard]] std::span<std::byte> bytes() const [[clang::lifetimebound]] {
    return mapping_.bytes();
  }
  [[nodiscard]] Bytes size() const { return mapping_.size(); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] PageSize page_size() const { return page_size_; }

 private:
  Region(OwnedFd fd, Mapping mapping) : fd_(std::move(fd)), mapping_(std::move(mapping)) {}

  OwnedFd fd_;
  Mapping mapping_;
  PageSize page_size_ = PageSize::small_4k;
};

}  // namespace bulkhead::memory
