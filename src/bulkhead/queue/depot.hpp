// Free slots on their way from a core that has too many of them to one that has too few.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bulkhead/base/units.hpp"

namespace bulkhead::queue {

/// Bundles of slots, for any threads. No call waits for another thread or asks the system for
/// anything, as a mutex does when two threads meet: a thread whose sandbox leaves it no system call
/// uses it, too.
class Depot {
 public:
  static constexpr uint32_t bundle = 32;

  /// For the slots of `users` threads, each of which has no more than one put() of less than a
  /// bundle.
  Depot(uint32_t slots, uint32_t users);

  /// Leaves a bundle here, or once less than that.
  void put(std::span<const Slot> slots);
  /// Takes what was put at some time; returns how many slots, none if nothing is here.
  [[nodiscard]] uint32_t take(std::span<Slot, bundle> slots);

 private:
  /// Belongs to the thread that took it off a stack, until that puts it on one.
  struct Bundle {
    std::atomic<uint32_t> below = 0;  ///< in its stack
    uint32_t count = 0;
    std::array<Slot, bundle> slots{};
  };

  /// Bundles by their numbers, the last one on top. The head counts its changes beside the number:
  /// a thread that looked at it, and was then held up while its bundle went away and came back,
  /// does not take it for unchanged (2^48 changes take years).
  class Stack {
   public:
    void push(std::span<Bundle> bundles, uint32_t number);
    std::optional<uint32_t> pop(std::span<Bundle> bundles);

   private:
    std::atomic<uint64_t> head_{0};  ///< changes << 16 | number + 1, which is 0 if there is none
  };

  std::vector<Bundle> bundles_;
  alignas(64) Stack full_;
  alignas(64) Stack empty_;
};

}  // namespace bulkhead::queue
