#include "tests/hostile/worker.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/confine/compartment/process.hpp"
#include "bulkhead/confine/compartment/transfer.hpp"
#include "bulkhead/confine/compartment/worker_job.hpp"
#include "bulkhead/confine/compartment/worker_policy.hpp"
#include "bulkhead/confine/layers.hpp"
#include "bulkhead/confine/sandbox.hpp"

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/stage.hpp"

namespace bulkhead::hostile {
namespace {

constexpr std::chrono::seconds job_limit{5};
constexpr timespec nap{.tv_sec = 0, .tv_nsec = 1'000'000};

void take_nap() {
  static_cast<void>(::ppoll(nullptr, 0, &nap, nullptr));
}

class Actor {
 public:
  Actor(Stage& stage, Scene& scene) : stage_(stage), scene_(scene), all_(all_attempts()) {
    if (const auto number = stage_.role().attempt; number > 0 && number <= all_.size())
      attempt_ = &all_[number - 1];
  }

  void see(const confine::Report& report) {
    layers_ = report.layers;
    landlock_abi_ = confine::landlock_abi();
  }

  /// Attacks, if it is the time for it.
  void play(Phase phase) {
    if (attempt_ == nullptr || stage_.role().looks_after_it || attempt_->phase != phase) return;
    while (!stage_.may_attack()) {
      if (phase == Phase::working) scene_.equipment.control.beat(++scene_.heartbeat);
      take_nap();
    }
    if (!has_its_layers()) return stage_.set(Progress::not_tried);
    stage_.set(Progress::attacks);
    const auto seen = attempt_->run(scene_);
    stage_.set_result(seen.held, seen.error);
    if (attempt_->outcome == Outcome::device || attempt_->outcome == Outcome::idle) linger();
  }

  void look_around() {
    if (attempt_ != nullptr && stage_.role().looks_after_it && attempt_->left_nothing)
      stage_.set_remains(attempt_->left_nothing(scene_));
  }

 private:
  [[nodiscard]] bool has_its_layers() const {
    return attempt_->landlock_abi <= landlock_abi_ &&
           std::ranges::all_of(attempt_->layers, [this](confine::Layer layer) {
             return std::ranges::any_of(layers_, [layer](const confine::LayerState& state) {
               return state.layer == layer && state.presence == confine::Presence::on;
             });
           });
  }
  /// Alive, and doing nothing.
  void linger() {
    while (!scene_.equipment.control.must_stop()) {
      scene_.equipment.control.beat(++scene_.heartbeat);
      take_nap();
    }
    ::_exit(EXIT_SUCCESS);
  }

  Stage& stage_;
  Scene& scene_;
  std::vector<Attempt> all_;
  const Attempt* attempt_ = nullptr;
  std::vector<confine::LayerState> layers_;
  int landlock_abi_ = 0;
};

/// They stay open until the sandbox closes them.
Result<std::vector<int>> copies_of(const std::vector<OwnedFd>& descriptors) {
  std::vector<int> copies;
  for (const auto& descriptor : descriptors) {
    BULKHEAD_TRY_ASSIGN(auto copy, duplicate(descriptor.get()));
    copies.push_back(copy.release());
  }
  return copies;
}

Result<> work(int channel, Stage& stage) {
  static_cast<void>(confine::drop_identity());
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail_errno("PR_SET_PDEATHSIG");
  BULKHEAD_TRY_ASSIGN(auto received, confine::receive_job(channel, Deadline::after(job_limit)));
  BULKHEAD_TRY_ASSIGN(auto copies, copies_of(received.descriptors));
  BULKHEAD_TRY_ASSIGN(auto equipment,
                      confine::equip(received.job, std::move(received.descriptors)));
  BULKHEAD_TRY_ASSIGN(const auto job, confine::make_job(equipment));
  Scene scene{.job = received.job,
              .equipment = equipment,
              .descriptors = std::move(copies),
              .channel = channel,
              .wake = job->arrivals().woken_by(),
              .broker = ::getppid()};
  Actor actor{stage, scene};
  actor.play(Phase::unconfined);
  auto policy = confine::worker_policy(equipment.events(), job->arrivals(), channel);
  confine::keep_interface(policy, equipment.interface_queues);
  policy.last_word = [&](const confine::Report& report) {
    actor.see(report);
    actor.play(Phase::unfiltered);
    confine::send_ready(channel, confine::what_is_lacking(report));
  };
  const auto confinement = confine::enter(policy);
  if (!confinement) return std::unexpected(confinement.error());
  stage.set(State::ready);
  actor.play(Phase::waiting);
  while (!equipment.control.may_go() && !equipment.control.must_stop()) take_nap();
  stage.set(State::has_turn);
  actor.play(Phase::working);
  actor.look_around();
  job->run();
  ::_exit(EXIT_SUCCESS);
}

}  // namespace

int run_worker(int channel) {
  ::close(confine::Process::program_number);
  auto stage = Stage::join();
  const auto result = stage ? work(channel, *stage) : std::unexpected(stage.error());
  if (!result) confine::send_failure(channel, result.error());
  return EXIT_FAILURE;
}

}  // namespace bulkhead::hostile
