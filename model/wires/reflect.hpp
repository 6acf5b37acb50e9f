// A wire whose other end sends every frame back as it came.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/wire.hpp"

namespace bulkhead::model {

class Reflect final : public Wire {
 public:
  static constexpr size_t slots = 256;
  static constexpr size_t slot_size = 16 * 1024;

  Reflect() : memory_(slots * slot_size) {}

  std::span<const std::byte> peek() override;
  void consume() override;
  [[nodiscard]] bool can_wait() const override { return true; }
  bool transmit(std::span<const std::byte> frame) override;
  [[nodiscard]] std::string report() const override;

 private:
  [[nodiscard]] std::span<std::byte> slot(uint64_t number);

  std::vector<std::byte> memory_;
  std::array<size_t, slots> sizes_{};
  uint64_t head_ = 0;
  uint64_t tail_ = 0;
  uint64_t oversize_ = 0;
};

}  // namespace bulkhead::model
