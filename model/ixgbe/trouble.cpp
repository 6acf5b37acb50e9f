#include "model/ixgbe/trouble.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace bulkhead::model::ixgbe {

static constexpr size_t told = 32;

void Trouble::tell(std::string text) {
  if (first_.size() >= told || std::ranges::find(first_, text) != first_.end()) return;
  fmt::print(stderr, "82599 model: {}\n", text);
  first_.push_back(std::move(text));
}

void Trouble::dma_violation(std::string_view who, uint32_t queue, uint64_t address,
                            uint64_t length) {
  ++dma_violations;
  if (first_.size() < told)
    tell(fmt::format("{} {}: {} bytes at {:#x} are not mapped for DMA", who, queue, length,
                     address));
}

void Trouble::malformed(std::string_view what, uint32_t queue, uint64_t value) {
  ++malformed_descriptors;
  if (first_.size() < told) tell(fmt::format("queue {}: {} ({:#x})", queue, what, value));
}

void Trouble::unknown_register(uint32_t offset, bool write) {
  ++unknown_registers;
  if (first_.size() < told)
    tell(fmt::format("{} of unknown register {:#07x}", write ? "write" : "read", offset));
}

}  // namespace bulkhead::model::ixgbe
