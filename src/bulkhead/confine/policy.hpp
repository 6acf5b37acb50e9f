// What a process keeps when it confines itself.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bulkhead/confine/layer.hpp"
#include "bulkhead/confine/report.hpp"
#include "bulkhead/confine/system_calls.hpp"

namespace bulkhead::confine {

/// A descriptor that stays open, and what it is for.
struct Kept {
  int fd;
  std::string purpose;
};

struct Policy {
  std::vector<Kept> keep{};  ///< every other descriptor is closed
  SystemCalls calls = SystemCalls::control;
  /// Threads to be started afterwards, at most; they have the caller's layers, and put on a
  /// narrower filter by Confinement::narrow_thread().
  uint32_t threads = 0;
  SystemCalls thread_calls = SystemCalls::none;
  /// As many descriptors as one ppoll(2) looks at: it takes no more than there may be.
  uint32_t polled = 0;
  std::vector<Layer> required{};  ///< their absence is an error
  /// Called when all layers but the last are on: the last word of a process that may not say
  /// anything afterwards.
  std::function<void(const Report&)> last_word{};
  bool observe = false;  ///< fills Report::observed, which takes a fraction of a second
};

}  // namespace bulkhead::confine
