#include "bulkhead/confine/compartment/crew.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/confine/compartment/scripted_supervisor.hpp"

namespace bulkhead::confine {
namespace {

using Events = std::vector<std::string>;

class CrewTest : public ::testing::Test {
 protected:
  Crew crew_of(size_t size) {
    std::vector<std::unique_ptr<Worker>> members;
    for (size_t number = 0; number < size; ++number) {
      scene_.workers.push_back(std::make_shared<Scene::FakeWorker>());
      members.push_back(std::make_unique<ScriptedWorker>(scene_, number));
    }
    return Crew{std::move(members), milliseconds{200}};
  }
  Scene::FakeWorker& worker(size_t number) { return *scene_.workers[number]; }

  Scene scene_;
};

TEST_F(CrewTest, NamesWhoIsInIt) {
  EXPECT_EQ(crew_of(1).name(), "worker 100");
  scene_.workers.clear();
  EXPECT_EQ(crew_of(3).name(), "workers 100, 101, 102");
}

TEST_F(CrewTest, IsReadyWhenAllAre) {
  auto crew = crew_of(3);
  worker(1).ready = false;
  worker(2).ready = false;
  ASSERT_NE(crew.awaited(), nullptr);
  EXPECT_EQ(crew.awaited()->pid(), 101);
  worker(1).ready = true;
  EXPECT_EQ(crew.awaited()->pid(), 102);
  worker(2).ready = true;
  EXPECT_EQ(crew.awaited(), nullptr);
}

TEST_F(CrewTest, OnlyTheWordsOfThoseThatAreAwaitedEndAWait) {
  auto crew = crew_of(2);
  worker(0).ready = false;
  static_cast<void>(crew.awaited());
  worker(0).ready = true;  // which nobody has looked at yet
  std::vector<pollfd> events;
  crew.append_to(events);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].fd, worker(0).ended.get());
  EXPECT_EQ(events[0].events, POLLIN);
  EXPECT_EQ(events[1].fd, worker(1).ended.get());
  EXPECT_EQ(events[1].events, 0);
}

TEST_F(CrewTest, TheFirstThatEndsIsItsLoss) {
  auto crew = crew_of(3);
  EXPECT_FALSE(crew.lost());
  worker(1).die({.kind = Death::Kind::killed, .number = SIGSEGV});
  const auto loss = crew.lost();
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->who->pid(), 101);
  EXPECT_EQ(loss->death.number, SIGSEGV);
  EXPECT_TRUE(scene_.events.empty()) << "to kill the others is another step";
}

TEST_F(CrewTest, OneThatBlamesADeviceIsALossAndDeathComesFirst) {
  auto crew = crew_of(2);
  worker(1).counts.rx_stopped = {0, 1};
  EXPECT_EQ(crew.lost()->who->pid(), 101);
  EXPECT_EQ(crew.lost()->death.kind, Death::Kind::blamed_a_device);
  worker(0).die({.kind = Death::Kind::killed, .number = SIGKILL});
  EXPECT_EQ(crew.lost()->death.kind, Death::Kind::killed);
}

TEST_F(CrewTest, AHeartbeatIsComparedWithTheTimeOfItsOwnProcess) {
  auto crew = crew_of(2);
  EXPECT_FALSE(crew.lost());
  worker(0).processor_time = milliseconds{150};
  worker(1).processor_time = milliseconds{150};
  EXPECT_FALSE(crew.lost()) << "300 ms together, but of two processes";
  worker(0).heartbeat = 2;
  EXPECT_FALSE(crew.lost());
  worker(0).processor_time = milliseconds{250};
  worker(1).processor_time = milliseconds{200};
  const auto loss = crew.lost();
  ASSERT_TRUE(loss) << "the other one's heartbeat does not cover it";
  EXPECT_EQ(loss->who->pid(), 101);
  EXPECT_EQ(loss->death.kind, Death::Kind::hung);
}

TEST_F(CrewTest, EndsSideBySide) {
  auto crew = crew_of(3);
  for (size_t i = 0; i < 3; ++i) worker(i).lingers = true;
  worker(1).die({.kind = Death::Kind::killed, .number = SIGKILL});
  EXPECT_EQ(crew.living()->pid(), 100);
  ASSERT_TRUE(crew.end());
  EXPECT_EQ(scene_.events, (Events{"0 killed", "2 killed", "0 waited for", "2 waited for"}));
  EXPECT_EQ(crew.living(), nullptr);
}

TEST_F(CrewTest, IsGoneWhenTheKernelHasSaidSoOfAll) {
  auto crew = crew_of(2);
  worker(0).die({.kind = Death::Kind::leaving});
  worker(1).die({.kind = Death::Kind::killed, .number = SIGKILL});
  EXPECT_EQ(crew.living(), nullptr);
  EXPECT_FALSE(crew.all_gone());
  worker(0).die({.kind = Death::Kind::exited});
  EXPECT_TRUE(crew.all_gone());
}

TEST_F(CrewTest, HasBegunWhenAllHave) {
  auto crew = crew_of(2);
  worker(1).heartbeat = 0;
  EXPECT_FALSE(crew.has_begun());
  worker(1).heartbeat = 1;
  EXPECT_TRUE(crew.has_begun());
}

TEST_F(CrewTest, CountsAndLacksAreThoseOfAll) {
  auto crew = crew_of(2);
  EXPECT_EQ(crew.lacks(), "");
  worker(0).counts.frames = {1, 2};
  worker(1).counts.frames = {10, 20};
  worker(1).counts.batches = 5;
  worker(1).lacks = "landlock (too old a kernel)";
  EXPECT_EQ(crew.counts().frames, (std::array<uint64_t, 2>{11, 22}));
  EXPECT_EQ(crew.counts().batches, 5U);
  EXPECT_EQ(crew.lacks(), "landlock (too old a kernel)");
}

}  // namespace
}  // namespace bulkhead::confine
