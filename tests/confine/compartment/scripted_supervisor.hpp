// A supervisor whose workers, devices and clock are in the test's hands.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/compartment/supervisor.hpp"

namespace bulkhead::confine {

using std::chrono::milliseconds;

/// What the supervisor did, and what its workers are: all in the test's hands.
struct Scene {
  struct FakeWorker {
    std::optional<Death> death;
    bool ready = true;
    std::string lacks;
    uint64_t heartbeat = 1;
    std::chrono::nanoseconds processor_time{0};
    Counts counts;
    OwnedFd ended{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    bool stops = true;     ///< when it is asked to
    bool lingers = false;  ///< when it is killed, until it is waited for

    void die(Death how) {
      death = std::move(how);
      const uint64_t one = 1;
      EXPECT_EQ(::write(ended.get(), &one, sizeof one), ssize_t{sizeof one});
    }
  };
  std::vector<std::shared_ptr<FakeWorker>> workers;
  std::vector<std::string> events;
  std::vector<std::string> log;
  size_t at_a_time = 1;  ///< workers in a crew
  bool ready = true;     ///< whether new workers are at once
  std::string lacks;
  Result<> halting;
  Result<> resuming;
  Result<> starting;
};

class ScriptedWorker final : public Worker {
 public:
  ScriptedWorker(Scene& scene, size_t number)
      : scene_(scene), number_(number), self_(scene.workers[number]) {}
  ~ScriptedWorker() override { note("forgotten"); }
  [[nodiscard]] pid_t pid() const override { return static_cast<pid_t>(100 + number_); }
  [[nodiscard]] int fd() const override { return self_->ended.get(); }
  [[nodiscard]] std::optional<Death> death() override { return self_->death; }
  [[nodiscard]] bool ready() override { return self_->ready; }
  [[nodiscard]] std::string lacks() const override { return self_->lacks; }
  void kill() override {
    note("killed");
    if (!self_->lingers) self_->die({.kind = Death::Kind::killed, .number = SIGKILL});
  }
  Result<Death> end() override {
    if (!self_->death && self_->lingers) note("waited for");
    self_->lingers = false;
    if (!self_->death) self_->die({.kind = Death::Kind::killed, .number = SIGKILL});
    return *self_->death;
  }
  [[nodiscard]] std::chrono::nanoseconds processor_time() const override {
    return self_->processor_time;
  }
  [[nodiscard]] uint64_t heartbeat() const override { return self_->heartbeat; }
  [[nodiscard]] Counts counts() const override { return self_->counts; }
  void go() override { note("goes"); }
  void stop() override {
    note("stops");
    if (self_->stops) self_->die({.kind = Death::Kind::exited, .number = 0});
  }

 private:
  void note(const std::string& what) {
    scene_.events.push_back(std::to_string(number_) + " " + what);
  }
  Scene& scene_;
  size_t number_;
  std::shared_ptr<Scene::FakeWorker> self_;
};

class ScriptedCharge final : public Charge {
 public:
  explicit ScriptedCharge(Scene& scene) : scene_(scene) {}
  Result<> halt(driver::Rest rest) override {
    scene_.events.emplace_back(rest == driver::Rest::by_reset ? "reset" : "halt");
    return scene_.halting;
  }
  Result<> resume() override {
    scene_.events.emplace_back("resume");
    return scene_.resuming;
  }

 private:
  Scene& scene_;
};

/// Time passes when the supervisor waits and nothing happens, or when the test says so.
class ScriptedClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  void wait(std::span<pollfd> events, milliseconds time) override {
    if (::poll(events.data(), events.size(), 0) <= 0) pass(time);
  }
  void pass(std::chrono::nanoseconds time) { now_ += time; }

 private:
  TimePoint now_ = TimePoint{} + std::chrono::hours{1};
};

class SupervisorTest : public ::testing::Test {
 protected:
  SupervisorTest()
      : charge_(scene_),
        supervisor_(
            charge_, [this] { return start_crew(); },
            {.hang_limit = milliseconds{200},
             .log = [this](const std::string& line) { scene_.log.push_back(line); }},
            clock_) {}

  Result<std::vector<std::unique_ptr<Worker>>> start_crew() {
    BULKHEAD_TRY(scene_.starting);
    std::vector<std::unique_ptr<Worker>> crew;
    for (size_t i = 0; i < scene_.at_a_time; ++i) {
      auto& worker = *scene_.workers.emplace_back(std::make_shared<Scene::FakeWorker>());
      worker.ready = scene_.ready;
      worker.lacks = scene_.lacks;
      const size_t number = scene_.workers.size() - 1;
      scene_.events.push_back(std::to_string(number) + " starts");
      crew.push_back(std::make_unique<ScriptedWorker>(scene_, number));
    }
    return crew;
  }
  void start() {
    ASSERT_TRUE(supervisor_.start());
    scene_.events.clear();
  }
  void watch() { EXPECT_TRUE(supervisor_.watch(milliseconds{0})); }
  /// The active one's first heartbeat is seen, and it works for a while.
  void let_it_work() {
    watch();
    clock_.pass(Backoff::a_while);
  }
  [[nodiscard]] bool was_logged(const std::string& line) const {
    return std::ranges::find(scene_.log, line) != scene_.log.end();
  }
  static Death by(int signal) { return {.kind = Death::Kind::killed, .number = signal}; }

  Scene scene_;
  ScriptedCharge charge_;
  ScriptedClock clock_;
  Supervisor supervisor_;
};

}  // namespace bulkhead::confine
