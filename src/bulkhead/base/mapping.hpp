// Memory mapped from a file descriptor, and sealed memory files to map from: how memory is shared
// between a driver and its device, or between Bulkhead's processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/units.hpp"

namespace bulkhead {

/// A shared mapping of part of a file, unmapped on destruction.
class Mapping {
 public:
  enum class Protection { read_only, read_write };
  /// Pages populated at once do not fault later. Another process's file may be sparse: populating
  /// it would spend our memory on its holes.
  enum class Population { at_once, on_access };

  /// Maps `length` bytes of `fd` from `offset` (both page-aligned; errors: what mmap(2) says).
  static Result<Mapping> map(int fd, uint64_t offset, Bytes length,
                             Protection protection = Protection::read_write,
                             Population population = Population::at_once);

  /// A second mapping of parts of others, one behind the other; each part is whole pages of a
  /// Mapping. Errors: `invalid_argument` for no parts, what mmap(2) and mremap(2) say.
  static Result<Mapping> join(std::span<const std::span<std::byte>> parts);

  /// A part of a file, and where it goes in a mapping, in bytes.
  struct Piece {
    uint64_t file_offset;
    uint64_t place;
    uint64_t length;
  };
  /// Maps pieces of a file on pages of 2 MiB into one range of `size` bytes, inside of which they
  /// lie (a trap otherwise); all numbers are multiples of 2 MiB. An access between pieces is a
  /// SIGSEGV.
  static Result<Mapping> map_pieces(int fd, std::span<const Piece> pieces, Bytes size);

  Mapping() = default;
  Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  /// The mapped bytes. Another process may write them at any time: copy a value once, then check
  /// it.
  [[nodiscard]] std::span<std::byte> bytes() const [[clang::lifetimebound]] { return bytes_; }
  [[nodiscard]] Bytes size() const { return Bytes{bytes_.size()}; }

 private:
  explicit Mapping(std::span<std::byte> bytes) : bytes_(bytes) {}
  std::span<std::byte> bytes_;
};

enum class PageSize { small_4k, huge_2m };

/// A memory file of `size` bytes (a multiple of the page size) whose size is sealed: whoever else
/// holds the descriptor cannot shrink it, which would make every access to the lost pages a SIGBUS.
/// Huge pages come from the system's pool; `no_memory` when the pool cannot give them.
Result<OwnedFd> create_sealed_memory(const std::string& name, Bytes size, PageSize pages);

/// Checks that a descriptor from another process is memory that nobody can shrink, and that it
/// holds [offset, offset + length). Without this, the other process can make us crash at will.
Result<> check_sealed_memory(int fd, uint64_t offset, Bytes length);

}  // namespace bulkhead
