// The control path's view of a BAR: typed registers whose accesses can fail.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/bus/function.hpp"
#include "bulkhead/regs/registers.hpp"

namespace bulkhead::bus {

/// Registers reached through bus::Function. A failed access is remembered: from then on reads give
/// all ones and writes do nothing, as on a PCIe function that was pulled out (PCIe 3.0, 2.3.2), and
/// health() tells the first error. So a driver reads as the datasheet does, and checks once a step.
template <uint32_t size>
class Bar : public regs::Registers<Bar<size>, size> {
 public:
  /// Errors: `unsupported` if the function's BAR is smaller than the register table needs.
  static Result<Bar> open(std::shared_ptr<Function> function, RegionId region) {
    const Bytes there = function->region_size(region);
    if (there < Bytes{size})
      return fail(ErrorCode::unsupported,
                  fmt::format("{}: BAR {} has {:#x} bytes, the driver's registers need {:#x}",
                              function->name(), static_cast<int>(region), there.value(), size),
                  "this is not the device that its id says");
    return Bar{std::move(function), region};
  }

  [[nodiscard]] uint32_t load(uint32_t offset) {
    if (!in_time()) return ~uint32_t{0};
    const auto value = function_->read32(region_, offset);
    if (value) return *value;
    health_ = std::unexpected(value.error());
    return ~uint32_t{0};
  }
  void store(uint32_t offset, uint32_t value) {
    if (in_time()) health_ = function_->write32(region_, offset, value);
  }

  /// From now on accesses must be over within `limit`; later ones fail with a `timeout` that names
  /// `what`. finish_any_time() takes that back.
  void finish_within(std::chrono::nanoseconds limit, const char* what) {
    deadline_ = Deadline::after(limit);
    what_ = what;
  }
  void finish_any_time() { deadline_.reset(); }

  /// The first error of any access so far.
  [[nodiscard]] const Result<>& health() const { return health_; }

  /// Waits until the bits of a register are all set. Errors: `timeout`, naming the register, its
  /// value and `what` was waited for; or what an access met.
  template <class R>
  Result<> wait_until_set(uint32_t index, regs::Value<R> bits, std::chrono::nanoseconds limit,
                          const char* what) {
    return wait<R>(index, bits, bits, limit, what);
  }
  template <class R>
  Result<> wait_until_clear(uint32_t index, regs::Value<R> bits, std::chrono::nanoseconds limit,
                            const char* what) {
    return wait<R>(index, bits, regs::Value<R>{}, limit, what);
  }

 private:
  Bar(std::shared_ptr<Function> function, RegionId region)
      : function_(std::move(function)), region_(region) {}

  template <class R>
  Result<> wait(uint32_t index, regs::Value<R> bits, regs::Value<R> wanted,
                std::chrono::nanoseconds limit, const char* what) {
    regs::Value<R> last;
    const bool came = wait_until(
        [&] {
          last = this->template read<R>(index);
          return !health_ || (last & bits) == wanted;
        },
        limit);
    if (!health_) return health_;
    if (came) return {};
    return fail(ErrorCode::timeout,
                fmt::format("{}: {} within {} us: {}[{}] is {:#010x}, waited for {:#x} of {:#x}",
                            function_->name(), what,
                            std::chrono::duration_cast<std::chrono::microseconds>(limit).count(),
                            R::name, index, last.bits(), wanted.bits(), bits.bits()));
  }

  bool in_time() {
    if (health_ && deadline_ && deadline_->reached())
      health_ =
          fail(ErrorCode::timeout, fmt::format("{}: {} took too long", function_->name(), what_),
               "the device answers, but too slowly");
    return health_.has_value();
  }

  std::shared_ptr<Function> function_;
  RegionId region_;
  Result<> health_;
  std::optional<Deadline> deadline_;
  const char* what_ = "";
};

}  // namespace bulkhead::bus
