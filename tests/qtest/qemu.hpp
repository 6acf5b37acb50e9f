// A QEMU process without a guest: its devices are driven from here, by its qtest protocol.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/memory/region.hpp"

#include "tests/qtest/line_channel.hpp"

namespace bulkhead::qtest {

class Qemu {
 public:
  /// The first bytes of its physical address space are memory that is shared with the test.
  static constexpr Bytes low_memory = 16_MiB;
  /// Places at which further memory can be plugged in while it runs: a GiB apart, from 4 GiB on.
  static constexpr uint32_t memory_slots = 32;

  /// Starts QEMU with a q35 machine, nothing else on it, and these arguments; `inherited` are
  /// descriptors that the arguments name. Errors: `not_found` if QEMU is not installed.
  static Result<Qemu> start(std::span<const std::string> arguments, std::span<const int> inherited);

  Qemu(Qemu&& other) noexcept;
  Qemu& operator=(Qemu&&) = delete;
  Qemu(const Qemu&) = delete;
  Qemu& operator=(const Qemu&) = delete;
  ~Qemu() { stop(); }
  /// Ends the process, and tells its exit status, 0 for a signal.
  int stop();

  /// One command of the qtest protocol ("readl 0xe0000000"), and the number in its answer, 0 if it
  /// has none. Errors: `protocol` for an answer other than OK.
  Result<uint64_t> command(std::string_view line);
  /// One command of QMP, as JSON. Errors: `protocol`, with QEMU's words.
  Result<> control(std::string_view json);

  [[nodiscard]] std::span<std::byte> memory() const [[clang::lifetimebound]] {
    return memory_.bytes();
  }

 private:
  Qemu(pid_t process, LineChannel qtest, LineChannel qmp, memory::Region memory)
      : process_(process),
        qtest_(std::move(qtest)),
        qmp_(std::move(qmp)),
        memory_(std::move(memory)) {}

  pid_t process_;
  LineChannel qtest_;
  LineChannel qmp_;
  memory::Region memory_;
};

}  // namespace bulkhead::qtest
