// A file that the test and the workers of its broker share: who does what, and what came of it.
// The broker knows nothing of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/mapping.hpp"

namespace bulkhead::hostile {

/// What the test writes for the next worker to take: nothing, or the number of an attempt, from 1.
struct Role {
  uint32_t attempt = 0;
  bool looks_after_it = false;  ///< it comes next, is honest, and looks what the attempt has left
};

/// How far a worker is.
enum class State : uint64_t { started = 1, ready, has_turn };
/// How far its attempt is.
enum class Progress : uint64_t { attacks = 1, done, not_tried };

/// One worker's view. What it tells lies in memory that stays when the sandbox is on.
class Stage {
 public:
  /// Takes the next role. Errors: no file "stage" in the working folder, as it is there.
  static Result<Stage> join();

  [[nodiscard]] Role role() const { return role_; }
  void set(State state);
  void set(Progress progress);
  /// The attempt returned: whether it was held back, and with which errno value.
  void set_result(bool held, int error);
  /// Of the worker that looks after an attempt.
  void set_remains(bool harmless);
  /// The test has seen all that it wants to see before.
  [[nodiscard]] bool may_attack() const;

 private:
  Stage(Mapping file, size_t record, Role role)
      : file_(std::move(file)), record_(record), role_(role) {}

  Mapping file_;
  size_t record_;  ///< offset of this worker's part
  Role role_;
};

}  // namespace bulkhead::hostile
