#include "bulkhead/confine/compartment/process.hpp"

#include <csignal>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/confine/compartment/transfer.hpp"

namespace bulkhead::confine {
namespace {

using std::chrono::seconds;

// For a process of its own, that the tests start from this program.
TEST(DISABLED_Started, Sleeps) {
  std::this_thread::sleep_for(seconds{60});
}

TEST(DISABLED_Started, SaysThatItHasItsChannelAndNothingElse) {
  for (int fd = Process::program_number + 1; fd < 64; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) std::exit(3);
  if (::getenv("HOME") != nullptr || ::getenv("PATH") != nullptr) std::exit(4);
  send_failure(Process::channel_number, {ErrorCode::io, "here I am", {}});
  std::exit(7);
}

Program test(const std::string& name) {
  auto program = Program::this_one(
      {"test", "--gtest_also_run_disabled_tests", "--gtest_filter=DISABLED_Started." + name});
  EXPECT_TRUE(program);
  return *std::move(program);
}

std::optional<Death> await_death(Process& process) {
  std::optional<Death> death;
  wait_until([&] { return (death = process.death()).has_value(); }, seconds{60});
  return death;
}

TEST(Process, HasItsChannelAndNothingElseOfOurs) {
  auto channel = *make_channel();
  auto process =
      *Process::start(test("SaysThatItHasItsChannelAndNothingElse"), channel.second.get());
  const auto death = await_death(process);
  ASSERT_TRUE(death);
  EXPECT_EQ(death->kind, Death::Kind::exited);
  EXPECT_EQ(death->number, 7);
  const auto said = received_word(channel.first.get());
  ASSERT_TRUE(said);
  ASSERT_FALSE(*said);
  EXPECT_EQ(said->error().what, "here I am");
}

TEST(Process, IsGoneWhenItWasEnded) {
  auto channel = *make_channel();
  auto process = *Process::start(test("Sleeps"), channel.second.get());
  EXPECT_FALSE(process.death());
  const auto pid = process.pid();
  const auto death = process.end();
  ASSERT_TRUE(death);
  EXPECT_EQ(death->kind, Death::Kind::killed);
  EXPECT_EQ(death->number, SIGKILL);
  EXPECT_EQ(process.death()->number, SIGKILL) << "asked again, it says the same";
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(Process, DoesNotOutliveItsOwner) {
  auto channel = *make_channel();
  pid_t pid = 0;
  {
    auto process = *Process::start(test("Sleeps"), channel.second.get());
    pid = process.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(Process, ItsTimeOnProcessorsIsKnown) {
  auto channel = *make_channel();
  auto process = *Process::start(test("Sleeps"), channel.second.get());
  EXPECT_TRUE(wait_until([&] { return process.processor_time().count() > 0; }, seconds{60}));
}

}  // namespace
}  // namespace bulkhead::confine
