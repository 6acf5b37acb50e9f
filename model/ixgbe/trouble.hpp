// What a client did that no driver should: counted, and the first 32 that differ are told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::model::ixgbe {

class Trouble {
 public:
  /// An address that the client has not mapped for this kind of access.
  void dma_violation(std::string_view who, uint32_t queue, uint64_t address, uint64_t length);
  /// A descriptor or ring that breaks the datasheet's rules.
  void malformed(std::string_view what, uint32_t queue, uint64_t value);
  void unknown_register(uint32_t offset, bool write);

  uint64_t dma_violations = 0;
  uint64_t malformed_descriptors = 0;
  uint64_t unknown_registers = 0;
  uint64_t offloads_ignored = 0;
  uint64_t partial_accesses = 0;  ///< of registers, by less than 4 aligned bytes

  [[nodiscard]] const std::vector<std::string>& first() const { return first_; }

 private:
  void tell(std::string text);
  std::vector<std::string> first_;
};

}  // namespace bulkhead::model::ixgbe
