#include "tests/qtest/doorbell_pages.hpp"

#include <algorithm>

#include "tests/qtest/exchange.hpp"

namespace bulkhead::qtest {
namespace {

constexpr uint64_t page_size = 4096;
/// No doorbell's value: an index of a ring, or a queue's number.
constexpr uint32_t silent = ~0U;
constexpr uint32_t half = 0xFFFF;

}  // namespace

Result<bus::BarPages> DoorbellPages::add(bus::RegionId bar, Bytes offset, Bytes length) {
  BULKHEAD_TRY_ASSIGN(const auto file, add_file(bar, offset, length));
  BULKHEAD_TRY_ASSIGN(auto theirs, Mapping::map(file.fd.get(), 0, file.length));
  return bus::BarPages{.pages = std::move(theirs), .offset = file.offset};
}

Result<bus::BarFile> DoorbellPages::add_file(bus::RegionId bar, Bytes offset, Bytes length) {
  const uint64_t first = offset.value() / page_size * page_size;
  const Bytes size = round_up(Bytes{offset.value() - first} + length, Bytes{page_size});
  BULKHEAD_TRY_ASSIGN(auto fd, create_sealed_memory("doorbells", size, PageSize::small_4k));
  BULKHEAD_TRY_ASSIGN(auto ours, Mapping::map(fd.get(), 0, size));
  std::ranges::fill(ours.bytes(), std::byte{0xFF});
  pages_.push_back({bar, first, std::move(ours)});
  return bus::BarFile{
      .fd = std::move(fd), .file_offset = 0, .length = size, .offset = Bytes{first}};
}

void DoorbellPages::forward(const Ring& ring) const {
  for (const auto& page : pages_) {
    for (size_t at = 0; at < page.pages.size().value(); at += sizeof(uint32_t)) {
      const uint32_t word = exchange(page.pages.bytes(), at, silent);
      if (word == silent) continue;
      if (word >> 16U == half) {
        ring(page.bar, page.offset + at, 2, word & half);
      } else if ((word & half) == half) {
        ring(page.bar, page.offset + at + 2, 2, word >> 16U);
      } else {
        ring(page.bar, page.offset + at, 4, word);
      }
    }
  }
}

}  // namespace bulkhead::qtest
