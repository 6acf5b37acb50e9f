#include "bulkhead/confine/sandbox.hpp"

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "tests/confine/child.hpp"

namespace bulkhead::confine {
namespace {

Policy policy_with(int fd) {
  return {.keep = {{.fd = fd, .purpose = "the test"}}};
}

/// Enters with `policy` and runs `body` in the sandbox; an error is what is said.
template <class Body>
Ended confined(Body body, Policy policy = {}) {
  return in_child([&](int fd) -> std::string {
    policy.keep = policy_with(fd).keep;
    auto confinement = enter(policy);
    if (!confinement) return "error: " + confinement.error().message();
    return body(*confinement);
  });
}

/// Skips where this kernel, or a container, does not have all layers, and with sanitizers.
class Sandbox : public testing::Test {
  void SetUp() override {
    if (sanitized) GTEST_SKIP() << "a sanitizer's runtime makes calls of its own";
    const auto ended = confined([](Confinement& c) { return what_is_lacking(c.report()); });
    if (!ended.said.empty()) GTEST_SKIP() << ended.said;
  }
};

nlohmann::json observed(SystemCalls thread_calls, uint32_t threads = 1) {
  const Policy policy{
      .threads = threads, .thread_calls = thread_calls, .polled = 3, .observe = true};
  const auto ended = confined([](Confinement& c) { return to_json(c.report()); }, policy);
  auto report = nlohmann::json::parse(ended.said, nullptr, false);
  EXPECT_TRUE(ended.well() && !report.is_discarded()) << ended.said;
  return report.is_discarded() ? nlohmann::json{} : report.at("observed");
}

std::set<std::string> calls_of_data_path(SystemCalls thread_calls) {
  return observed(thread_calls).at("system_calls").at(1).at("pass").get<std::set<std::string>>();
}

TEST_F(Sandbox, LeavesNothingThatWasNotNamed) {
  const auto seen = observed(SystemCalls::interrupts, 4);
  for (const auto& [name, bits] : seen.at("capabilities").items()) EXPECT_EQ(bits, 0) << name;
  EXPECT_EQ(seen.at("capabilities").size(), 5U);
  EXPECT_NE(seen.at("uid"), 0);
  EXPECT_EQ(seen.at("root"), nlohmann::json::array());
  EXPECT_EQ(seen.at("opens_files"), false);
  EXPECT_EQ(seen.at("no_new_privileges"), true);
  EXPECT_EQ(seen.at("dumpable"), false);
  for (const auto& open : seen.at("descriptors")) EXPECT_NE(open.at("purpose"), "") << open;
  for (const auto& interface : seen.at("interfaces")) EXPECT_EQ(interface.at("up"), false);
  for (const auto& space : seen.at("namespaces"))
    EXPECT_EQ(space.at("own"), space.at("kind") != "pid") << space;
  EXPECT_EQ(seen.at("limits").at("core"), 0);
  EXPECT_EQ(seen.at("limits").at("file size"), 0);
  EXPECT_EQ(seen.at("limits").at("processes and threads"), 5);
  EXPECT_EQ(seen.at("limits").at("descriptors"), 3);
}

TEST_F(Sandbox, APollingDataPathHasAtMostTwoSystemCalls) {
  const auto calls = calls_of_data_path(SystemCalls::none);
  EXPECT_LE(calls.size(), 2U);
  if (can_refuse_all_calls()) {
    EXPECT_EQ(calls, std::set<std::string>{});
  }
}

TEST_F(Sandbox, ADataPathThatPollsWithoutItEndsTheProcessAtMost) {
  const auto seen = observed(SystemCalls::polling).at("system_calls").at(1);
  auto own = seen.at("pass").get<std::set<std::string>>();
  for (const auto& name : seen.at("no_filter_stops")) own.erase(name);
  EXPECT_EQ(own, std::set<std::string>{"exit_group"});
}

TEST_F(Sandbox, ADataPathWithInterruptsHasAtMostSixSystemCalls) {
  const auto calls = calls_of_data_path(SystemCalls::interrupts);
  EXPECT_LE(calls.size(), 6U);
  for (const char* name : {"exit_group", "read", "write", "ppoll"})
    EXPECT_TRUE(calls.contains(name));
}

TEST_F(Sandbox, TheCallingThreadCanBeTheDataPathItself) {
  // It ends at once: it can neither allocate nor free any more.
  const auto ended = in_child([](int fd) -> std::string {
    auto policy = policy_with(fd);
    policy.calls = SystemCalls::interrupts;
    policy.observe = true;
    const auto confinement = enter(policy);
    const auto& calls = confinement->report().observed->system_calls;
    const bool few =
        calls.size() == 1 && calls.front().passing.size() <= 6 && calls.front().conditional.empty();
    ::_exit(::write(fd, few ? "few" : "all", 3) == 3 ? 0 : 1);
  });
  EXPECT_EQ(ended.said, "few") << ended.signal();
  EXPECT_TRUE(ended.well());
}

TEST_F(Sandbox, WhatIsNotOnTheListKills) {
  const std::vector<std::pair<const char*, void (*)()>> attempts{
      {"a socket", [] { ::socket(AF_INET, SOCK_STREAM, 0); }},
      {"a file", [] { ::open("/etc/passwd", O_RDONLY); }},
      {"a process", [] { static_cast<void>(::fork()); }},
      {"a program", [] { ::execl("/bin/true", "true", nullptr); }},
      {"a signal", [] { ::kill(1, 0); }},
      {"code",
       [] { ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
  };
  for (const auto& [what, attempt] : attempts) {
    const auto ended = confined([&](Confinement&) {
      attempt();
      return std::string{"went on"};
    });
    EXPECT_EQ(ended.signal(), SIGSYS) << what << ": " << ended.said;
  }
}

TEST_F(Sandbox, MemoryAndTimeAreStillThere) {
  const auto ended = confined([](Confinement&) {
    const std::vector<char> large(size_t{64} << 20U, 'x');
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return std::string{large.back()};
  });
  EXPECT_EQ(ended.said, "x") << ended.signal();
}

TEST_F(Sandbox, AnnouncedThreadsStartAndAreNarrowed) {
  for (const auto calls : {SystemCalls::none, SystemCalls::polling, SystemCalls::interrupts}) {
    const auto ended = confined(
        [calls](Confinement& c) {
          std::atomic<int> tried{0};
          std::atomic<int> narrowed{0};
          for (int i = 0; i < 3; ++i) {
            std::thread{[&, calls] {
              if (c.narrow_thread()) ++narrowed;
              ++tried;
              park(calls);
            }}.detach();
          }
          while (tried < 3) std::this_thread::sleep_for(std::chrono::milliseconds{1});
          return std::to_string(narrowed);
        },
        {.threads = 3, .thread_calls = calls});
    EXPECT_EQ(ended.said, "3") << to_string(calls) << " " << ended.signal();
    EXPECT_TRUE(ended.well()) << to_string(calls);
  }
}

TEST_F(Sandbox, ANarrowedThreadDiesWithTheProcessOfWhatTheOthersMayDo) {
  for (const auto calls : {SystemCalls::none, SystemCalls::polling, SystemCalls::interrupts}) {
    const auto ended = confined(
        [](Confinement& c) {
          std::thread{[&] {
            if (c.narrow_thread()) ::syscall(SYS_gettid);
          }}.join();
          return std::string{"went on"};
        },
        {.threads = 1, .thread_calls = calls});
    EXPECT_EQ(ended.signal(), SIGSYS) << to_string(calls) << ended.said;
  }
}

TEST_F(Sandbox, AThreadThatWasNotAnnouncedDoesNotStart) {
  const auto ended = confined(
      [](Confinement&) {
        pthread_t thread{};
        const auto nothing = [](void*) -> void* { park(SystemCalls::interrupts); };
        const int first = ::pthread_create(&thread, nullptr, nothing, nullptr);
        const int second = ::pthread_create(&thread, nullptr, nothing, nullptr);
        const int third = ::pthread_create(&thread, nullptr, nothing, nullptr);
        return std::to_string(first) + " " + std::to_string(second) + " " + std::to_string(third);
      },
      {.threads = 2});
  EXPECT_EQ(ended.said, "0 0 " + std::to_string(EAGAIN)) << ended.signal();
}

TEST_F(Sandbox, AbortIsStillAnAbort) {
  const auto ended = confined([](Confinement&) -> std::string { std::abort(); });
  EXPECT_EQ(ended.signal(), SIGABRT);
}

TEST(SandboxErrors, ARequiredLayerThatIsNotThereIsOne) {
  if (::getpid() == 1) GTEST_SKIP() << "the first process of a PID namespace";
  const auto ended = confined([](Confinement&) { return std::string{"entered"}; },
                              {.required = {Layer::pid_namespace}});
  EXPECT_TRUE(ended.said.starts_with("error: ")) << ended.said;
  EXPECT_NE(ended.said.find("pid-namespace"), std::string::npos);
}

TEST(SandboxErrors, ThreadsThatRunAlreadyAreOne) {
  if (thread_sanitizer) GTEST_SKIP() << "its runtime has a thread of its own";
  const auto ended = in_child([](int fd) -> std::string {
    std::atomic<bool> stop{false};
    std::thread other{[&] {
      while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }};
    const auto confinement = enter(policy_with(fd));
    stop = true;
    other.join();
    return confinement ? "entered" : confinement.error().message();
  });
  EXPECT_EQ(ended.said, "2 threads run already (enter the sandbox first, then start threads)");
}

}  // namespace
}  // namespace bulkhead::confine
