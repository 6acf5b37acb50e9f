#include "bulkhead/memory/huge_pages.hpp"

#include <fmt/format.h>

namespace bulkhead::memory {

// The file takes a total: a number that is only this program's need would take pages from others.
std::string command_for_huge_pages(size_t more, const std::string& pool) {
  return fmt::format("echo $(( $(cat {0}) + {1} )) | sudo tee {0}", pool, more);
}

}  // namespace bulkhead::memory
