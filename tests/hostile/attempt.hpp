// What a worker can try that it should not, and what is expected to hold it back.
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "bulkhead/confine/compartment/control_page.hpp"
#include "bulkhead/confine/compartment/equipment.hpp"
#include "bulkhead/confine/compartment/job.hpp"
#include "bulkhead/confine/layer.hpp"

namespace bulkhead::hostile {

/// What an attacker finds in his process.
struct Scene {
  const confine::Job& job;
  confine::Equipment& equipment;
  std::vector<int> descriptors{};  ///< the job's; the sandbox closes them
  int channel;
  int wake;
  pid_t broker;
  uint64_t heartbeat = 0;
};

/// When in a worker's life.
enum class Phase : uint8_t {
  unconfined,  ///< it has its job, and no sandbox yet: it has met no frame, but may be buggy
  unfiltered,  ///< all layers are on but the filter of system calls: they hold by themselves
  waiting,     ///< confined, for its turn
  working,     ///< it is its turn
};

/// What the worker is for.
enum class Work : uint8_t { forward, netdev };

/// What is seen of it from outside.
enum class Outcome : uint8_t {
  killed,    ///< by the signal `sign`
  replaced,  ///< the broker says `sign` of it
  fails,     ///< what it tried does nothing, as it finds itself; it goes on
  harmless,  ///< it goes on, and so does everything else
  device,    ///< the device reports `sign`; it goes on until the test ends it
  idle,      ///< it forwards nothing any more: not contained, harmless to others
  asleep,    ///< the same, and it does not even say that it is done
};

struct Seen {
  bool held;
  int error = 0;
};

/// A system call's result: held back if it failed.
inline Seen failed(long result) {
  return {.held = result < 0, .error = result < 0 ? errno : 0};
}

struct Attempt {
  std::string_view name;
  std::string_view what;       ///< for docs/security.md
  std::string_view contained;  ///< by what: for docs/security.md
  Phase phase;
  Outcome outcome;
  std::string_view sign{};               ///< a regular expression
  std::vector<confine::Layer> layers{};  ///< that it shows; where they lack it is not tried
  int landlock_abi = 0;                  ///< the least that has what it shows
  Work work = Work::forward;
  /// Once a process is confined it must not allocate.
  std::function<Seen(Scene&)> run{};
  /// What the next worker finds before it starts: whether nothing is left of it.
  std::function<bool(Scene&)> left_nothing{};
};

std::vector<Attempt> dma_attempts();
std::vector<Attempt> register_attempts();
std::vector<Attempt> kernel_attempts();
std::vector<Attempt> entrance_attempts();
std::vector<Attempt> unfiltered_attempts();
std::vector<Attempt> channel_attempts();
std::vector<Attempt> word_attempts();
std::vector<Attempt> memory_attempts();
std::vector<Attempt> interface_attempts();

/// All of these, in the order in which they are tried.
std::vector<Attempt> all_attempts();

}  // namespace bulkhead::hostile
