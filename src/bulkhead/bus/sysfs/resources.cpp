#include "bulkhead/bus/sysfs/resources.hpp"

#include <algorithm>
#include <charconv>

#include "bulkhead/bus/capabilities.hpp"
#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::sysfs {
namespace {

uint64_t number(const std::string& word) {
  uint64_t value = 0;
  const auto digits = std::string_view{word}.substr(word.starts_with("0x") ? 2 : 0);
  std::from_chars(digits.begin(), digits.end(), value, 16);
  return value;
}

}  // namespace

std::array<Resource, 7> parse_resources(const std::vector<std::string>& lines) {
  // include/linux/ioport.h
  constexpr uint64_t is_io = 0x100;
  constexpr uint64_t is_memory = 0x200;
  std::array<Resource, 7> resources;
  for (size_t i = 0; i < std::min(lines.size(), resources.size()); ++i) {
    const auto words = bus::words_of(lines[i]);
    if (words.size() != 3) continue;
    const uint64_t start = number(words[0]);
    const uint64_t end = number(words[1]);
    const uint64_t flags = number(words[2]);
    if ((flags & (is_io | is_memory)) == 0 || end <= start) continue;
    resources.at(i) = {.size = Bytes{end - start + 1},
                       .in_page = Bytes{start % bus::page_size},
                       .is_memory = (flags & is_memory) != 0};
  }
  return resources;
}

}  // namespace bulkhead::sysfs
