// A worker's word: its heartbeat, its counts, the way it ends.
#include <bit>
#include <cstdlib>
#include <functional>
#include <limits>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/hostile/attempt.hpp"

namespace bulkhead::hostile {
namespace {

using confine::Counts;

constexpr std::string_view watchdog =
    "broker: a heartbeat that stands still while it computes is a hang";
constexpr std::string_view no_trust = "broker: it prints a worker's counts, and relies on none";
constexpr std::string_view any_death = "broker: however it ends, the next one goes on";
constexpr std::string_view not_contained =
    "nothing: its own compartment stands still, until somebody ends it";
constexpr uint64_t most = std::numeric_limits<uint64_t>::max();

Attempt replaced(std::string_view name, std::string_view what, std::string_view contained,
                 std::string_view sign, std::function<Seen(Scene&)> run) {
  return {.name = name,
          .what = what,
          .contained = contained,
          .phase = Phase::working,
          .outcome = Outcome::replaced,
          .sign = sign,
          .run = std::move(run)};
}

Attempt goes_on(std::string_view name, std::string_view what, std::string_view contained,
                Outcome outcome, std::function<Seen(Scene&)> run) {
  return {.name = name,
          .what = what,
          .contained = contained,
          .phase = Phase::working,
          .outcome = outcome,
          .run = std::move(run)};
}

/// For so long that the broker has seen it.
void beat_for_a_while(Scene& scene) {
  constexpr timespec nap{.tv_sec = 0, .tv_nsec = 5'000'000};
  for (int i = 0; i < 200; ++i) {
    scene.equipment.control.beat(++scene.heartbeat);
    static_cast<void>(::ppoll(nullptr, 0, &nap, nullptr));
  }
}

[[noreturn]] void compute_for_ever() {
  volatile uint64_t rounds = 0;
  while (true) rounds = rounds + 1;
}

Seen end_with(int code) {
  ::_exit(code);
}

Seen boast(Scene& scene) {
  Counts counts;
  counts.frames = {most, most};
  counts.batches = most;
  counts.busy_ticks = most;
  scene.equipment.control.write(counts);
  return {.held = true};
}

Seen blame(Scene& scene) {
  Counts counts;
  counts.tx_stopped = {1, 1};
  scene.equipment.control.write(counts);
  compute_for_ever();
}

Seen sleep_for_ever(Scene&) {
  while (true) static_cast<void>(::ppoll(nullptr, 0, nullptr, nullptr));
}

[[noreturn]] Seen end_without_memory(Scene&) {
  *std::bit_cast<volatile int*>(uintptr_t{0x2000}) = 1;
  std::abort();
}

}  // namespace

std::vector<Attempt> word_attempts() {
  const auto begun = [](Scene& scene) { scene.equipment.control.beat(++scene.heartbeat); };
  Attempt crash = replaced("crash", "writes to memory that it does not have", any_death,
                           "killed by SIGSEGV", end_without_memory);
  Attempt trap = replaced("failed-check", "fails a check of the hardened program", any_death,
                          "killed by SIG(ILL|TRAP)", [](Scene&) -> Seen { __builtin_trap(); });
  crash.outcome = Outcome::killed;
  crash.sign = "SIGSEGV";
  trap.outcome = Outcome::killed;
  trap.sign = "SIG(ILL|TRAP)";
  return {
      replaced("heartbeat-stands-still", "computes for ever", watchdog, "hung",
               [begun](Scene& scene) -> Seen {
                 begun(scene);
                 compute_for_ever();
               }),
      replaced("heartbeat-undone",
               "sets its heartbeat to what it was before the first, for the "
               "patience that a start is given",
               watchdog, "hung",
               [](Scene& scene) -> Seen {
                 beat_for_a_while(scene);
                 scene.equipment.control.beat(0);
                 compute_for_ever();
               }),
      goes_on("heartbeat-backwards", "lets its heartbeat run backwards and jump",
              "broker: any change is a heartbeat, and nothing is derived from it",
              Outcome::harmless,
              [](Scene& scene) {
                for (uint64_t i = 0; i < 1'000'000; ++i)
                  scene.equipment.control.beat(most - i * 0x1234'5678'9ABC);
                return Seen{.held = true};
              }),
      goes_on("heartbeat-that-lies", "beats its heart and forwards nothing", not_contained,
              Outcome::idle, [](Scene&) { return Seen{.held = true}; }),
      goes_on("sleep-for-ever", "sleeps, for which there is no limit", not_contained,
              Outcome::asleep, sleep_for_ever),
      goes_on("counts-that-lie", "says that it has sent as many frames as a number can say",
              no_trust, Outcome::idle, boast),
      replaced("blame", "says that both devices broke the rules",
               "broker: it is killed, the devices are reset, the next one goes on",
               "said that a device broke the rules of a queue", blame),
      replaced("exit-with-success", "ends with 0, as if it had been asked to", any_death,
               "exited with 0 though nobody had asked", [](Scene&) { return end_with(0); }),
      replaced("exit-code-that-lies", "ends with 137, as a killed one would in a shell", any_death,
               "exited with 137 though nobody had asked", [](Scene&) { return end_with(137); }),
      replaced("brokers-words", "writes the broker's words of their common page: stops itself",
               "control page: each worker has its own", "exited with 0 though nobody had asked",
               [](Scene& scene) {
                 scene.equipment.control.set_stop();
                 return Seen{.held = true};
               }),
      std::move(crash),
      std::move(trap),
  };
}

}  // namespace bulkhead::hostile
