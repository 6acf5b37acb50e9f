// Fields of a virtio structure in a BAR, each accessed by its own width (virtio 1.2, 4.1.3.1).
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "bulkhead/base/byte_order.hpp"
#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/function.hpp"

namespace bulkhead::virtio {

/// A field of T's width, `offset` bytes from the start of its structure.
template <std::unsigned_integral T>
struct Field {
  uint32_t offset;
};

/// Where a structure lies.
struct Place {
  bus::RegionId bar;
  uint32_t offset;
  uint32_t length;
};

/// A structure's fields. The control path: an access may take a system call or a message.
class Fields {
 public:
  Fields(std::shared_ptr<bus::Function> function, Place place)
      : function_(std::move(function)), place_(place) {}

  /// Errors: `unsupported` for a field that the structure is too short for, and what the bus meets.
  template <class T>
  Result<T> read(Field<T> field) const {
    BULKHEAD_TRY(check(field.offset + sizeof(T)));
    std::array<std::byte, sizeof(T)> bytes{};
    BULKHEAD_TRY(function_->read(place_.bar, place_.offset + field.offset, bytes));
    return little_endian(std::bit_cast<T>(bytes));
  }
  template <class T>
  Result<> write(Field<T> field, std::type_identity_t<T> value) const {
    BULKHEAD_TRY(check(field.offset + sizeof(T)));
    return function_->write(place_.bar, place_.offset + field.offset,
                            to_bytes(little_endian(value)));
  }
  /// 64-bit fields are two 32-bit ones (4.1.3.1).
  Result<> write64(uint32_t offset, uint64_t value) const {
    BULKHEAD_TRY(write(Field<uint32_t>{offset}, static_cast<uint32_t>(value)));
    return write(Field<uint32_t>{offset + 4}, static_cast<uint32_t>(value >> 32U));
  }

 private:
  [[nodiscard]] Result<> check(size_t end) const {
    if (end <= place_.length) return {};
    return fail(ErrorCode::unsupported,
                fmt::format("{}: a structure of {} bytes where one of {} is needed",
                            function_->name(), place_.length, end),
                "this is not the device that its id says");
  }

  std::shared_ptr<bus::Function> function_;
  Place place_;
};

}  // namespace bulkhead::virtio
