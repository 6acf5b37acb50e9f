// Registers in plain memory, for tests: what was written, in order, and reads that a test scripts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "bulkhead/regs/registers.hpp"

namespace bulkhead::regs {

template <uint32_t size>
class Fake : public Registers<Fake<size>, size> {
 public:
  uint32_t load(uint32_t offset) {
    if (const auto reader = readers_.find(offset); reader != readers_.end())
      words_[offset] = reader->second(words_[offset]);
    return words_[offset];
  }
  void store(uint32_t offset, uint32_t value) {
    words_[offset] = value;
    writes_.emplace_back(offset, value);
  }

  /// What a read of `offset` gives, made from what was there.
  void on_read(uint32_t offset, std::function<uint32_t(uint32_t)> reader) {
    readers_[offset] = std::move(reader);
  }
  [[nodiscard]] const std::vector<std::pair<uint32_t, uint32_t>>& writes() const { return writes_; }

 private:
  std::map<uint32_t, uint32_t> words_;
  std::map<uint32_t, std::function<uint32_t(uint32_t)>> readers_;
  std::vector<std::pair<uint32_t, uint32_t>> writes_;
};

}  // namespace bulkhead::regs
