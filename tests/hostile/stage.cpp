#include "tests/hostile/stage.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/base/shared_words.hpp"

namespace bulkhead::hostile {
namespace {

// As system/hostile_test.py has them.
constexpr Bytes stage_size = 64_KiB;
constexpr size_t record_size = 64;
constexpr uint64_t looking_after = uint64_t{1} << 16U;

// The head's words.
constexpr size_t joined_at = 0;
constexpr size_t next_role_at = 8;
constexpr size_t attacker_at = 16;
// A record's.
constexpr size_t pid_at = 0;
constexpr size_t role_at = 8;
constexpr size_t state_at = 16;
constexpr size_t result_at = 24;
constexpr size_t error_at = 32;
constexpr size_t remains_at = 40;
constexpr size_t progress_at = 48;

constexpr uint64_t good = 1;
constexpr uint64_t bad = 2;

}  // namespace

// Members of a crew are started at once: one joins after the other.
Result<Stage> Stage::join() {
  const OwnedFd fd{::open("stage", O_RDWR | O_CLOEXEC)};
  if (!fd || ::flock(fd.get(), LOCK_EX) != 0) return fail_errno("opening the stage");
  BULKHEAD_TRY_ASSIGN(auto file, Mapping::map(fd.get(), 0, stage_size));
  const auto words = file.bytes();
  const auto joined = shared::load_acquire<uint64_t>(words, joined_at) + 1;
  const auto role = shared::load_acquire<uint64_t>(words, next_role_at);
  const size_t record = joined * record_size;
  if (record + record_size > stage_size.value())
    return fail(ErrorCode::no_memory, "more workers than the stage has room for");
  shared::store_release<uint64_t>(words, next_role_at, 0);
  shared::store_release<uint64_t>(words, record + pid_at, static_cast<uint64_t>(::getpid()));
  shared::store_release<uint64_t>(words, record + role_at, role);
  shared::store_release<uint64_t>(words, joined_at, joined);
  ::flock(fd.get(), LOCK_UN);  // the mapping would keep it
  Stage stage{std::move(file),
              record,
              {.attempt = static_cast<uint32_t>(role % looking_after),
               .looks_after_it = role >= looking_after}};
  stage.set(State::started);
  return stage;
}

void Stage::set(State state) {
  shared::store_release<uint64_t>(file_.bytes(), record_ + state_at, static_cast<uint64_t>(state));
}

void Stage::set(Progress progress) {
  shared::store_release<uint64_t>(file_.bytes(), record_ + progress_at,
                                  static_cast<uint64_t>(progress));
}

void Stage::set_result(bool held, int error) {
  shared::store_release<uint64_t>(file_.bytes(), record_ + error_at, static_cast<uint64_t>(error));
  shared::store_release<uint64_t>(file_.bytes(), record_ + result_at, held ? good : bad);
  set(Progress::done);
}

void Stage::set_remains(bool harmless) {
  shared::store_release<uint64_t>(file_.bytes(), record_ + remains_at, harmless ? good : bad);
}

bool Stage::may_attack() const {
  return shared::load_acquire<uint64_t>(file_.bytes(), attacker_at) == record_ / record_size;
}

}  // namespace bulkhead::hostile
