// UNSAFE FILE: turns the address that mmap(2) returns into a span of the length that was mapped,
// and maps files at places inside of such a span.
#include "bulkhead/base/mapping.hpp"

#include <bit>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#pragma clang unsafe_buffer_usage begin

namespace bulkhead {

Result<Mapping> Mapping::map(int fd, uint64_t offset, Bytes length, Protection protection,
                             Population population) {
  const int prot = protection == Protection::read_only ? PROT_READ : PROT_READ | PROT_WRITE;
  const int flags = population == Population::at_once ? MAP_SHARED | MAP_POPULATE : MAP_SHARED;
  void* address = ::mmap(nullptr, length.value(), prot, flags, fd, static_cast<off_t>(offset));
  if (address == MAP_FAILED)
    return fail_errno(fmt::format("mmap of {} bytes at offset {:#x}", length.value(), offset));
  return Mapping{std::span{static_cast<std::byte*>(address), length.value()}};
}

Result<Mapping> Mapping::join(std::span<const std::span<std::byte>> parts) {
  size_t length = 0;
  for (const auto part : parts) length += part.size();
  if (length == 0) return fail(ErrorCode::invalid_argument, "no memory to map a second time");
  void* address = ::mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return fail_errno(fmt::format("reserving {} bytes", length));
  Mapping joined{std::span{static_cast<std::byte*>(address), length}};
  auto* place = joined.bytes_.data();
  for (const auto part : parts) {
    // An old size of 0 duplicates a shared mapping (mremap(2)).
    if (::mremap(part.data(), 0, part.size(), MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED)
      return fail_errno("mapping memory a second time");
    place += part.size();
  }
  return joined;
}

// Reserves 2 MiB more than needed, and gives back what is before and behind the aligned part.
static Result<std::span<std::byte>> reserve(Bytes size) {
  constexpr size_t step = (2_MiB).value();
  const size_t reserved = size.value() + step;
  void* address =
      ::mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED)
    return fail_errno(fmt::format("reserving {} bytes of addresses", reserved));
  const std::span all{static_cast<std::byte*>(address), reserved};
  const size_t before = (step - std::bit_cast<uintptr_t>(address) % step) % step;
  const auto behind = all.subspan(before + size.value());
  if (before > 0) ::munmap(all.data(), before);
  if (!behind.empty()) ::munmap(behind.data(), behind.size());
  return all.subspan(before, size.value());
}

Result<Mapping> Mapping::map_pieces(int fd, std::span<const Piece> pieces, Bytes size) {
  BULKHEAD_TRY_ASSIGN(const auto reserved, reserve(size));
  Mapping mapping{reserved};
  for (const Piece& piece : pieces) {
    const auto place = reserved.subspan(piece.place, piece.length);
    if (::mmap(place.data(), place.size(), PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
               static_cast<off_t>(piece.file_offset)) == MAP_FAILED)
      return fail_errno(fmt::format("mmap of {} bytes", piece.length));
  }
  return mapping;
}

Mapping::~Mapping() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

// What the kernel would answer with something worse than an error.
static Result<> check_limits(Bytes size) {
  // Asked for more than there is, fallocate would first take all there is.
  const auto pages_there_are = static_cast<size_t>(::sysconf(_SC_PHYS_PAGES));
  if (size.value() / 4096 > pages_there_are / 2)
    return fail(ErrorCode::no_memory,
                fmt::format("shared memory of {} bytes is more than half of this machine's memory",
                            size.value()));
  // A file that grows too far is a signal (setrlimit(2)).
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && size.value() > limit.rlim_cur)
    return fail(ErrorCode::no_memory,
                fmt::format("this process may make no file of more than {} bytes", limit.rlim_cur),
                "shared memory is a file, too: raise the limit, ulimit -f or LimitFSIZE= in a "
                "systemd unit");
  return {};
}

Result<OwnedFd> create_sealed_memory(const std::string& name, Bytes size, PageSize pages) {
  BULKHEAD_TRY(check_limits(size));
  const unsigned huge = pages == PageSize::huge_2m ? MFD_HUGETLB | MFD_HUGE_2MB : 0U;
  OwnedFd fd{::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | huge)};
  if (!fd) return fail_errno("memfd_create");
  if (::ftruncate(fd.get(), static_cast<off_t>(size.value())) != 0)
    return fail_errno(fmt::format("sizing a memory file to {} bytes", size.value()));
  // Allocate now: a page that cannot be had later would be a SIGBUS instead of an error.
  if (::fallocate(fd.get(), 0, 0, static_cast<off_t>(size.value())) != 0)
    return fail_errno(fmt::format("allocating {} bytes of shared memory", size.value()));
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return fail_errno("sealing a memory file");
  return fd;
}

Result<> check_sealed_memory(int fd, uint64_t offset, Bytes length) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0)
    return fail(ErrorCode::permission, "shared memory is not sealed against shrinking",
                "its owner should use a memfd with F_SEAL_SHRINK");
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail_errno("fstat of shared memory");
  const auto size = static_cast<uint64_t>(status.st_size);
  if (offset > size || length.value() > size - offset)
    return fail(ErrorCode::protocol,
                fmt::format("shared memory of {:#x} bytes does not hold {:#x} bytes at {:#x}", size,
                            length.value(), offset));
  return {};
}

}  // namespace bulkhead

#pragma clang unsafe_buffer_usage end
