// Memory to share with a device: a sealed memory file, mapped here, on huge pages where the system
// has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/memory/physical.hpp"

namespace bulkhead::memory {

enum class Placement : uint8_t {
  anywhere,  ///< an IOMMU, or another process, makes one range of it
  physical,  ///< the device uses physical addresses: pages that do not move, at known places
};

class Region {
 public:
  /// At least `size` bytes of zeros, rounded up to 2 MiB. On 2 MiB pages if the system's pool has
  /// enough of them, otherwise on 4 KiB pages; `physical` is on 2 MiB pages that follow each other.
  /// Errors: `no_memory`, with the numbers; `permission` for `physical` if not root.
  static Result<Region> allocate(const std::string& name, Bytes size,
                                 Placement placement = Placement::anywhere);

  /// The same, except that with `physical` there may be holes between the pages: only extents() can
  /// be accessed, and size() is more than was asked for.
  static Result<Region> allocate_in_extents(const std::string& name, Bytes size,
                                            Placement placement);

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
  /// What is backed by memory, in order.
  [[nodiscard]] std::span<const Extent> extents() const [[clang::lifetimebound]] {
    return extents_;
  }
  /// Where the first byte lies; the others follow at the distances that bytes() has.
  [[nodiscard]] std::optional<Iova> physical_address() const { return physical_address_; }
  /// Whether the file's bytes are bytes(), one by one: then others can map the file.
  [[nodiscard]] bool is_linear() const { return linear_; }

 private:
  Region(OwnedFd fd, Mapping mapping)
      : fd_(std::move(fd)),
        mapping_(std::move(mapping)),
        extents_{{.offset = 0, .length = mapping_.size().value()}} {}

  static Result<Region> place(OwnedFd fd, Bytes size);

  OwnedFd fd_;
  Mapping mapping_;
  PageSize page_size_ = PageSize::small_4k;
  std::vector<Extent> extents_;
  std::optional<Iova> physical_address_;
  bool linear_ = true;
};

}  // namespace bulkhead::memory
