// What the doctor says about one matter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bulkhead/base/units.hpp"
#include "bulkhead/bus/discovery.hpp"
#include "bulkhead/bus/machine.hpp"

namespace bulkhead::bus::doctor {

enum class Verdict { good, finding, cannot_tell };
std::string_view to_string(Verdict verdict);

struct Finding {
  Verdict verdict;
  std::string what;  ///< what was found
  std::string why;   ///< why it matters
  std::string fix;   ///< the command that mends it; empty if nothing is to be mended
};

/// What is examined, and what for.
struct Patient {
  Machine machine;
  std::vector<PciFunction> functions{};
  bool is_to_be_opened = false;  ///< `functions` are those that a driver is wanted for now
  Bytes locked_memory{};         ///< that the devices of a program are to reach, all together
  uint64_t huge_pages = 0;       ///< of 2 MiB, that this memory takes
};

inline Finding good(std::string what) {
  return {.verdict = Verdict::good, .what = std::move(what), .why = {}, .fix = {}};
}

}  // namespace bulkhead::bus::doctor
