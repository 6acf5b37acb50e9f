// Takes a message apart, from its start to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/error.hpp"

namespace bulkhead::confine {

class Reader {
 public:
  explicit Reader(std::span<const std::byte> message) : left_(message) {}

  /// Errors: `protocol` where the message is too short for it.
  Result<std::span<const std::byte>> take_bytes(size_t count, size_t most) {
    if (count > most || count > left_.size())
      return fail(ErrorCode::protocol,
                  fmt::format("a message has {} bytes left where {} should follow, at most {}",
                              left_.size(), count, most));
    const auto bytes = left_.first(count);
    left_ = left_.subspan(count);
    return bytes;
  }
  template <class T>
  Result<T> take() {
    BULKHEAD_TRY_ASSIGN(const auto bytes, take_bytes(sizeof(T), sizeof(T)));
    return from_bytes<T>(bytes);
  }
  /// Errors: `protocol` for more than `most`, too.
  template <class T>
  Result<std::vector<T>> take_all(uint32_t count, uint32_t most) {
    if (count > most)
      return fail(ErrorCode::protocol,
                  fmt::format("a message with {} parts of a kind, at most {}", count, most));
    std::vector<T> all;
    for (uint32_t i = 0; i < count; ++i) {
      BULKHEAD_TRY_ASSIGN(const auto one, take<T>());
      all.push_back(one);
    }
    return all;
  }
  /// Errors: `protocol` if something is left.
  [[nodiscard]] Result<> at_end() const {
    if (left_.empty()) return {};
    return fail(ErrorCode::protocol, fmt::format("{} bytes behind a message", left_.size()));
  }

 private:
  std::span<const std::byte> left_;
};

}  // namespace bulkhead::confine
