// How a user gets more huge pages.
#pragma once

#include <cstddef>
#include <string>

namespace bulkhead::memory {

/// The command that adds pages of 2 MiB to a pool: to the whole system's, or to a NUMA node's.
std::string command_for_huge_pages(size_t more,
                                   const std::string& pool = "/proc/sys/vm/nr_hugepages");

}  // namespace bulkhead::memory
