#include "bulkhead/confine/compartment/supervisor.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/confine/compartment/scripted_supervisor.hpp"

namespace bulkhead::confine {
namespace {

using Events = std::vector<std::string>;
using Pids = std::vector<pid_t>;

TEST_F(SupervisorTest, StartsOneThatWorksAndOneThatWaits) {
  ASSERT_TRUE(supervisor_.start());
  EXPECT_EQ(scene_.events, (Events{"0 starts", "0 goes", "1 starts"}));
  EXPECT_EQ(supervisor_.workers(), Pids{100});
}

TEST_F(SupervisorTest, TheDeviceIsAtRestBeforeTheNextOneGoes) {
  start();
  scene_.workers[0]->die(by(SIGSEGV));
  watch();
  EXPECT_EQ(scene_.events, (Events{"halt", "0 forgotten", "resume", "1 goes", "2 starts"}));
  EXPECT_EQ(supervisor_.deaths(), 1U);
  ASSERT_GE(scene_.log.size(), 1U);
  EXPECT_EQ(scene_.log[0], "worker 100: killed by SIGSEGV (Segmentation fault)");
}

TEST_F(SupervisorTest, AWorkerThatHangsIsKilledFirst) {
  start();
  watch();
  scene_.workers[0]->processor_time = milliseconds{200};
  watch();
  EXPECT_EQ(scene_.events,
            (Events{"0 killed", "halt", "0 forgotten", "resume", "1 goes", "2 starts"}));
  EXPECT_EQ(supervisor_.hangs(), 1U);
  EXPECT_EQ(scene_.log[0], "worker 100: hung");
}

TEST_F(SupervisorTest, TheNextWorkersTimeIsMeasuredAnew) {
  start();
  scene_.workers[1]->processor_time = milliseconds{30};
  scene_.workers[0]->die(by(SIGKILL));
  watch();
  scene_.workers[1]->processor_time = milliseconds{229};
  watch();
  EXPECT_EQ(supervisor_.hangs(), 0U);
}

TEST_F(SupervisorTest, ASpareThatDiesIsReplacedAndTheDeviceLeftAlone) {
  start();
  scene_.workers[1]->die(by(SIGKILL));
  watch();
  EXPECT_EQ(scene_.events, (Events{"1 forgotten", "2 starts"}));
}

TEST_F(SupervisorTest, BothMayDieTogether) {
  start();
  scene_.workers[0]->die(by(SIGKILL));
  scene_.workers[1]->die(by(SIGKILL));
  watch();
  watch();
  EXPECT_EQ(scene_.events, (Events{"halt", "0 forgotten", "1 forgotten", "2 starts", "resume",
                                   "2 goes", "3 starts"}));
}

TEST_F(SupervisorTest, DeathsAtOnceArePaused) {
  start();
  for (size_t i = 0; i < 2; ++i) {
    scene_.workers[i]->die(by(SIGABRT));
    watch();
  }
  scene_.events.clear();
  scene_.workers[2]->die(by(SIGABRT));
  watch();
  EXPECT_EQ(scene_.events, (Events{"halt", "2 forgotten"})) << "at rest during the pause";
  EXPECT_EQ(supervisor_.workers(), Pids{});
  EXPECT_EQ(scene_.log.back(), "3 deaths at once: 10 ms until the next");
  const auto died = clock_.now();
  while (supervisor_.workers().empty()) EXPECT_TRUE(supervisor_.watch(milliseconds{100}));
  EXPECT_EQ(supervisor_.workers(), Pids{103});
  EXPECT_EQ(clock_.now() - died, milliseconds{10});
}

TEST_F(SupervisorTest, OnesThatWorkedForAWhileAreReplacedAtOnce) {
  start();
  for (size_t i = 0; i < 10; ++i) {
    let_it_work();
    scene_.workers[i]->die(by(SIGKILL));
    watch();
    EXPECT_EQ(supervisor_.workers(), Pids{static_cast<pid_t>(101 + i)});
  }
}

TEST_F(SupervisorTest, WhatAWorkerNeedsToStartIsNoPartOfItsLife) {
  start();
  for (size_t i = 0; i < 3; ++i) {
    scene_.workers[i]->heartbeat = 0;
    let_it_work();
    scene_.workers[i]->heartbeat = 1;
    watch();
    scene_.workers[i]->die(by(SIGABRT));
    watch();
  }
  EXPECT_EQ(scene_.log.back(), "3 deaths at once: 10 ms until the next");
}

TEST_F(SupervisorTest, TheTurnIsGivenToOneThatIsReady) {
  scene_.ready = false;
  ASSERT_TRUE(supervisor_.start());
  watch();
  EXPECT_EQ(scene_.events, (Events{"0 starts"}));
  scene_.workers[0]->ready = true;
  watch();
  EXPECT_EQ(scene_.events, (Events{"0 starts", "0 goes", "1 starts"}));
  scene_.events.clear();
  scene_.workers[0]->die(by(SIGKILL));
  watch();
  watch();
  EXPECT_EQ(scene_.events, (Events{"halt", "0 forgotten"})) << "at rest until there is one";
  scene_.workers[1]->ready = true;
  watch();
  EXPECT_EQ(scene_.events, (Events{"halt", "0 forgotten", "resume", "1 goes", "2 starts"}));
}

TEST_F(SupervisorTest, OneThatSaysThatADeviceBrokeTheRulesIsReplacedAndTheDeviceReset) {
  start();
  let_it_work();
  scene_.workers[0]->counts.tx_stopped = {0, 1};
  watch();
  EXPECT_EQ(scene_.events,
            (Events{"0 killed", "reset", "0 forgotten", "resume", "1 goes", "2 starts"}));
  EXPECT_TRUE(was_logged("worker 100: said that a device broke the rules of a queue"));
  watch();
  EXPECT_EQ(supervisor_.workers(), Pids{101}) << "what the dead one said is forgotten";
}

TEST_F(SupervisorTest, ManyThatSayThatADeviceBrokeTheRulesOnlySlowItDown) {
  start();
  for (size_t i = 0; i < 50; ++i) {
    scene_.workers[i]->counts.rx_stopped = {1, 0};
    watch();
    while (supervisor_.workers().empty()) ASSERT_TRUE(supervisor_.watch(milliseconds{100}));
  }
  EXPECT_TRUE(was_logged("50 deaths at once: 2000 ms until the next"));
}

TEST_F(SupervisorTest, ADeviceThatCannotBeBroughtToRestEndsIt) {
  start();
  scene_.halting = fail(ErrorCode::device_gone, "no device");
  scene_.workers[0]->die(by(SIGKILL));
  const auto result = supervisor_.watch(milliseconds{0});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "no device");
  EXPECT_EQ(scene_.events, (Events{"halt"})) << "nobody works on it any more";
}

TEST_F(SupervisorTest, ADeviceThatCannotBeStartedAgainEndsIt) {
  start();
  scene_.resuming = fail(ErrorCode::timeout, "RXDCTL");
  scene_.workers[0]->die(by(SIGKILL));
  EXPECT_FALSE(supervisor_.watch(milliseconds{0}));
}

TEST_F(SupervisorTest, WorkersThatCannotBeginEndItWithWhatTheLastOneSaid) {
  scene_.ready = false;
  start();
  Result<> result;
  size_t failed = 0;
  for (; result; ++failed) {
    if (failed == scene_.workers.size()) {
      result = supervisor_.watch(milliseconds{100});
      --failed;
      continue;
    }
    scene_.workers[failed]->die(
        {.kind = Death::Kind::exited, .number = 1, .said = "no user namespace"});
    result = supervisor_.watch(milliseconds{0});
  }
  EXPECT_EQ(result.error().what, "workers cannot begin: no user namespace");
  EXPECT_EQ(failed, Supervisor::Options{}.most_failed_starts);
}

TEST_F(SupervisorTest, TheFirstThatSaysThatSomethingIsNotThereEndsItAndIsNotToldTwice) {
  scene_.ready = false;
  start();
  scene_.workers[0]->die(
      {.kind = Death::Kind::exited, .number = 1, .said = "no landlock", .lasting = true});
  const auto result = supervisor_.watch(milliseconds{0});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "workers cannot begin: no landlock");
  EXPECT_TRUE(scene_.log.empty());
  ASSERT_TRUE(supervisor_.stop());
  EXPECT_EQ(scene_.workers.size(), 1U);
}

TEST_F(SupervisorTest, OnceOneWasReadyNobodysWordIsEnough) {
  start();
  scene_.workers[1]->ready = false;
  scene_.workers[0]->die(by(SIGKILL));
  watch();
  scene_.ready = false;
  scene_.workers[1]->die(
      {.kind = Death::Kind::exited, .number = 1, .said = "no landlock", .lasting = true});
  watch();
  EXPECT_TRUE(was_logged("worker 101: no landlock"));
  EXPECT_EQ(scene_.workers.size(), 3U);
}

TEST_F(SupervisorTest, NoneThatIsReadyCountsAmongThoseThatCannotBegin) {
  scene_.ready = false;
  start();
  for (size_t i = 0; i < 50; ++i) {
    scene_.workers[i]->ready = i % 3 == 2;
    watch();
    scene_.workers[i]->die({.kind = Death::Kind::exited, .number = 1, .said = "no user namespace"});
    while (scene_.workers.size() == i + 1) ASSERT_TRUE(supervisor_.watch(milliseconds{100}));
  }
}

TEST_F(SupervisorTest, SparesThatCannotBeginEndNothingWhileSomebodyWorks) {
  start();
  for (size_t i = 1; i < 50; ++i) {
    scene_.workers[i]->ready = false;
    scene_.workers[i]->die({.kind = Death::Kind::exited, .number = 1});
    while (scene_.workers.size() == i + 1) ASSERT_TRUE(supervisor_.watch(milliseconds{100}));
  }
  EXPECT_EQ(supervisor_.workers(), Pids{100});
}

TEST_F(SupervisorTest, SparesThatDieSilentlyAtTheirStartArePaused) {
  start();
  scene_.ready = false;
  std::vector<std::chrono::nanoseconds> pauses;
  for (size_t i = 1; i < 7; ++i) {
    scene_.workers[i]->die(by(SIGKILL));
    const auto died = clock_.now();
    while (scene_.workers.size() == i + 1) ASSERT_TRUE(supervisor_.watch(milliseconds{100}));
    pauses.push_back(clock_.now() - died);
  }
  EXPECT_EQ(pauses, (std::vector<std::chrono::nanoseconds>{milliseconds{0}, milliseconds{0},
                                                           milliseconds{10}, milliseconds{20},
                                                           milliseconds{40}, milliseconds{80}}));
}

TEST_F(SupervisorTest, OneThatNeverGetsReadyIsNotWaitedForForever) {
  scene_.ready = false;
  start();
  while (scene_.workers.size() == 1) ASSERT_TRUE(supervisor_.watch(milliseconds{100}));
  EXPECT_EQ(scene_.events, (Events{"0 killed", "0 forgotten", "1 starts"}));
  EXPECT_TRUE(was_logged("worker 100: hung"));
}

TEST_F(SupervisorTest, NoProcessForTheNextOneIsTriedAgain) {
  scene_.starting = fail(ErrorCode::no_memory, "no process");
  EXPECT_FALSE(supervisor_.start());
  scene_.starting = {};
  start();
  scene_.starting = fail(ErrorCode::no_memory, "no process");
  scene_.workers[1]->die(by(SIGKILL));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(supervisor_.watch(milliseconds{100}));
  scene_.starting = {};
  while (scene_.workers.size() == 2) ASSERT_TRUE(supervisor_.watch(milliseconds{100}));
  scene_.starting = fail(ErrorCode::no_memory, "no process");
  scene_.workers[0]->die(by(SIGKILL));
  watch();
  scene_.workers[2]->die(by(SIGKILL));
  Result<> result;
  for (int i = 0; i < 1000 && result; ++i) result = supervisor_.watch(milliseconds{100});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "workers cannot begin: no process");
}

TEST_F(SupervisorTest, WhyNoneCanBeStartedIsToldOnceUntilOneCan) {
  const std::string line = "no worker can be started: no process";
  start();
  for (int time = 1; time <= 2; ++time) {
    scene_.starting = fail(ErrorCode::no_memory, "no process");
    scene_.workers.back()->die(by(SIGKILL));
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(supervisor_.watch(milliseconds{100}));
    EXPECT_EQ(std::ranges::count(scene_.log, line), time);
    scene_.starting = {};
    const auto before = scene_.workers.size();
    while (scene_.workers.size() == before) ASSERT_TRUE(supervisor_.watch(milliseconds{100}));
  }
}

TEST_F(SupervisorTest, WhatTheSandboxLacksIsToldOnce) {
  scene_.lacks = "landlock (too old a kernel)";
  start();
  for (size_t i = 0; i < 3; ++i) {
    let_it_work();
    scene_.workers[i]->die(by(SIGKILL));
    watch();
  }
  EXPECT_EQ(std::ranges::count(scene_.log,
                               "warning: the workers' sandbox lacks: landlock (too old a kernel)"),
            1);
}

TEST_F(SupervisorTest, NoProcessForAWorkerIsAnError) {
  scene_.starting = fail(ErrorCode::no_memory, "no process");
  EXPECT_FALSE(supervisor_.start());
}

TEST_F(SupervisorTest, WhatTheDeadHaveDoneStillCounts) {
  start();
  scene_.workers[0]->counts.frames = {3, 4};
  scene_.workers[0]->die(by(SIGKILL));
  watch();
  scene_.workers[1]->counts.frames = {10, 20};
  EXPECT_EQ(supervisor_.counts().frames, (std::array<uint64_t, 2>{13, 24}));
  ASSERT_TRUE(supervisor_.stop());
  EXPECT_EQ(supervisor_.counts().frames, (std::array<uint64_t, 2>{13, 24}));
}

TEST_F(SupervisorTest, StoppingLetsTheWorkerFinish) {
  start();
  ASSERT_TRUE(supervisor_.stop());
  EXPECT_EQ(scene_.events, (Events{"1 killed", "1 forgotten", "0 stops", "0 forgotten"}));
  EXPECT_EQ(supervisor_.deaths(), 0U);
}

TEST_F(SupervisorTest, AWorkerThatDoesNotStopIsKilled) {
  start();
  scene_.workers[0]->stops = false;
  ASSERT_TRUE(supervisor_.stop());
  EXPECT_EQ(scene_.events,
            (Events{"1 killed", "1 forgotten", "0 stops", "0 killed", "0 forgotten"}));
}

}  // namespace
}  // namespace bulkhead::confine
