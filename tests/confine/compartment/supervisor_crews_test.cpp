// A supervisor whose crews are of several workers; all else is in supervisor_test.cpp.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bulkhead/confine/compartment/supervisor.hpp"

#include "tests/confine/compartment/scripted_supervisor.hpp"

namespace bulkhead::confine {
namespace {

using Events = std::vector<std::string>;
using Pids = std::vector<pid_t>;

class SupervisorOfCrewsTest : public SupervisorTest {
 protected:
  SupervisorOfCrewsTest() { scene_.at_a_time = 2; }
};

TEST_F(SupervisorOfCrewsTest, SeveralThatWorkTogetherAreReplacedTogether) {
  start();
  EXPECT_EQ(supervisor_.workers(), (Pids{100, 101}));
  scene_.workers[1]->die(by(SIGSEGV));
  watch();
  EXPECT_EQ(scene_.events, (Events{"0 killed", "halt", "0 forgotten", "1 forgotten", "resume",
                                   "2 goes", "3 goes", "4 starts", "5 starts"}));
  EXPECT_EQ(supervisor_.deaths(), 1U) << "whom we killed does not count";
  EXPECT_EQ(scene_.log, (Events{"worker 101: killed by SIGSEGV (Segmentation fault)",
                                "workers 102, 103 took over, 0.0 ms after the death"}));
}

TEST_F(SupervisorOfCrewsTest, TheDeviceIsLeftAloneUntilTheLastOfThemHasEnded) {
  start();
  scene_.workers[0]->lingers = true;
  scene_.workers[1]->die(by(SIGKILL));
  watch();
  EXPECT_EQ((Events{scene_.events.begin(), scene_.events.begin() + 3}),
            (Events{"0 killed", "0 waited for", "halt"}));
}

TEST_F(SupervisorOfCrewsTest, OneOfSeveralThatHangsIsToldByItsName) {
  start();
  watch();
  scene_.workers[0]->processor_time = milliseconds{300};
  scene_.workers[0]->heartbeat = 2;
  scene_.workers[1]->processor_time = milliseconds{200};
  watch();
  EXPECT_EQ(supervisor_.hangs(), 1U);
  EXPECT_EQ(scene_.log[0], "worker 101: hung");
  EXPECT_EQ(supervisor_.workers(), (Pids{102, 103}));
}

TEST_F(SupervisorOfCrewsTest, TheTurnIsGivenWhenAllAreReady) {
  scene_.ready = false;
  start();
  scene_.workers[1]->ready = true;
  watch();
  EXPECT_EQ(supervisor_.workers(), Pids{});
  scene_.workers[0]->ready = true;
  watch();
  EXPECT_EQ(supervisor_.workers(), (Pids{100, 101}));
}

TEST_F(SupervisorOfCrewsTest, WhoeverIsNotReadyInTimeIsNamed) {
  scene_.ready = false;
  start();
  scene_.workers[0]->ready = true;
  while (scene_.workers.size() == 2) ASSERT_TRUE(supervisor_.watch(milliseconds{100}));
  EXPECT_TRUE(was_logged("worker 101: hung"));
}

TEST_F(SupervisorOfCrewsTest, WhoWaitsTogetherIsReplacedTogether) {
  start();
  scene_.workers[2]->die(by(SIGKILL));
  watch();
  EXPECT_EQ(scene_.events,
            (Events{"3 killed", "2 forgotten", "3 forgotten", "4 starts", "5 starts"}));
}

TEST_F(SupervisorOfCrewsTest, TheCauseIsToldWhenTheKernelHasSaidItOfAll) {
  start();
  scene_.workers[0]->die({.kind = Death::Kind::leaving});
  watch();
  EXPECT_EQ(supervisor_.workers(), (Pids{102, 103})) << "nobody waits for that";
  EXPECT_EQ(scene_.log.size(), 1U);
  scene_.workers[0]->die(by(SIGTERM));
  watch();
  EXPECT_EQ(scene_.log.back(), "worker 100: killed by SIGTERM (Terminated)");
}

TEST_F(SupervisorOfCrewsTest, StoppingLetsAllOfThemFinish) {
  start();
  scene_.workers[1]->stops = false;
  ASSERT_TRUE(supervisor_.stop());
  EXPECT_EQ(scene_.events, (Events{"2 killed", "3 killed", "2 forgotten", "3 forgotten", "0 stops",
                                   "1 stops", "1 killed", "0 forgotten", "1 forgotten"}));
}

}  // namespace
}  // namespace bulkhead::confine
