// What a broker tells a worker to do, and with what.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "bulkhead/driver/queue_plan.hpp"

namespace bulkhead::confine {

/// What a worker does wrong on purpose: to try out what becomes of it.
enum class Misbehaviour : uint32_t {
  none,
  hang,
  trap,
  forbidden_call,
  blame,     ///< says that both devices broke the rules
  boast,     ///< says that it has sent more frames than there are
  complain,  ///< says that it cannot begin, and ends
};

/// Plain numbers, as they travel. A descriptor is meant by its place among those that come with the
/// job.
struct JobOptions {
  uint32_t control = 0;  ///< descriptor of the control page
  uint32_t wake = 0;     ///< descriptor of the eventfd that ends a sleep
  uint32_t batch = 32;
  uint32_t confined = 1;
  uint32_t required = 0;  ///< layers of the sandbox besides those that every worker has: bits_of()
  Misbehaviour misbehaviour = Misbehaviour::none;
  uint32_t misbehave_after = 0;  ///< frames
};

/// Frames that arrive at one port leave through the other.
struct ForwardWork {
  uint32_t touch = 0;
  uint32_t reserved = 0;
};

/// Frames that arrive at the port go to a network interface, and the other way round.
struct NetdevWork {
  uint32_t longest_frame = 0;  ///< that the port can send
  /// Descriptors of the TAP interface's queues: one for each of the port's queue pairs.
  std::vector<uint32_t> queues{};
};

using Work = std::variant<ForwardWork, NetdevWork>;

struct PoolPart {
  uint64_t size = 0;  ///< of its memory
  uint64_t buffer_size = 0;
  uint32_t buffers = 0;
  uint32_t descriptor = 0;
};

struct PagePart {
  uint64_t file_offset = 0;
  uint64_t length = 0;
  uint32_t descriptor = 0;
  uint32_t reserved = 0;
};

struct PairPart {
  driver::QueuePairPlan plan;
  uint32_t pool = 0;
  uint32_t event = 0;  ///< descriptor, if the plan has one
};

struct PortPart {
  uint64_t rings_size = 0;
  uint32_t rings = 0;  ///< descriptor
  std::vector<PagePart> pages;
  std::vector<PairPart> pairs;
};

struct Job {
  JobOptions options;
  Work work;
  std::vector<PoolPart> pools;
  std::vector<PortPart> ports;
};

/// More than any job has.
struct JobLimits {
  static constexpr uint32_t ports = 2;
  static constexpr uint32_t pools = 64;
  static constexpr uint32_t pages = 64;
  static constexpr uint32_t pairs = 64;
  static constexpr uint32_t descriptors = 256;
};

}  // namespace bulkhead::confine
