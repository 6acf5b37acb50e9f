// How a worker ended.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>

namespace bulkhead::confine {

struct Death {
  enum class Kind : uint8_t {
    exited,           ///< by itself, with `number` as its exit code
    killed,           ///< by the signal `number`
    hung,             ///< by us, as it did nothing any more
    blamed_a_device,  ///< by us, as it said that a device broke the rules of a queue
    leaving,          ///< it is over, and the kernel is still about to say how
  };
  Kind kind = Kind::exited;
  int number = 0;
  std::string said{};    ///< what it said itself, if it ended before its turn
  bool lasting = false;  ///< it said so of something that is not there: others would say the same

  /// The kernel's word on a child that has ended (waitid(2)).
  static Death of(const siginfo_t& info);
  /// "killed by SIGSEGV (Segmentation fault)"
  [[nodiscard]] std::string to_string() const;
};

}  // namespace bulkhead::confine
