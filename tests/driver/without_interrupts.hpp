// A function of any bus, without its interrupts: as on a bus that has none.
#pragma once

#include "tests/bus/wrapped_function.hpp"

namespace bulkhead::driver {

class WithoutInterrupts final : public bus::WrappedFunction {
 public:
  using WrappedFunction::WrappedFunction;

  [[nodiscard]] uint32_t interrupt_count(bus::InterruptKind /*kind*/) const override { return 0; }
  Result<> set_interrupts(bus::InterruptKind /*kind*/, uint32_t /*first*/,
                          std::span<const int> /*eventfds*/) override {
    return fail(ErrorCode::unsupported, "there are no interrupts");
  }
};

}  // namespace bulkhead::driver
