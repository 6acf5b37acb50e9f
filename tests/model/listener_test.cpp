#include "model/listener.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "bulkhead/bus/vfio_user/socket.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include "model/vfio_user/server.hpp"

#include "tests/bus/vfio_user/temporary_folder.hpp"
#include "tests/model/vfio_user/fake_device.hpp"
#include "tests/model/vfio_user/raw_client.hpp"

namespace bulkhead::model {
namespace {

Deadline soon() {
  return Deadline::after(std::chrono::seconds{5});
}

class ListenerTest : public testing::Test {
 protected:
  TemporaryFolder folder;
  std::string path = folder.path("device.sock");
};

TEST_F(ListenerTest, TheFileIsForThisUserAndGoesWithTheListener) {
  {
    const auto listener = Listener::listen(path);
    ASSERT_TRUE(listener) << listener.error().message();
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, ALiveSocketIsNotReplaced) {
  const auto first = Listener::listen(path);
  ASSERT_TRUE(first);
  const auto second = Listener::listen(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::permission);
  EXPECT_NE(second.error().what.find("listening on " + path + " already"), std::string::npos);
  EXPECT_TRUE(vfio_user::connect_socket(path, soon()));
}

TEST_F(ListenerTest, ADeadSocketIsReplaced) {
  {
    const auto dead = vfio_user::new_socket();
    ASSERT_EQ(vfio_user::bind_to(dead->get(), path), 0);
  }
  const auto listener = Listener::listen(path);
  ASSERT_TRUE(listener) << listener.error().message();
  EXPECT_TRUE(vfio_user::connect_socket(path, soon()));
}

TEST_F(ListenerTest, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream{path} << "precious";
  EXPECT_EQ(Listener::listen(path).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST_F(ListenerTest, AnothersSocketInItsPlaceIsNotRemoved) {
  {
    auto listener = Listener::listen(path);
    ASSERT_TRUE(listener);
    std::filesystem::remove(path);
    std::ofstream{path} << "another";
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, PathsThatCannotBeAreRefused) {
  EXPECT_EQ(Listener::listen("").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Listener::listen("/" + std::string(200, 'a')).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(Listener::listen(folder.path("none/device.sock")).error().code, ErrorCode::not_found);
}

TEST_F(ListenerTest, ASecondClientIsTurnedAwayAndTheFirstNotDisturbed) {
  FakeDevice device;
  std::vector<std::string> log;
  Server server{device, [&](std::string_view line) { log.emplace_back(line); }};
  ASSERT_TRUE(server.listen(path));
  RawClient first{server};
  ASSERT_TRUE(first.introduce());

  auto second = vfio_user::Channel::adopt(*vfio_user::connect_socket(path, soon()));
  ASSERT_TRUE(second);
  while (server.service()) continue;
  EXPECT_EQ(second->try_receive().error().code, ErrorCode::device_gone);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_NE(log[0].find("second client"), std::string::npos);
  EXPECT_EQ(first.error_of(vfio_user::Command::device_reset, {}), 0);
  EXPECT_EQ(device.disconnects, 0);
}

TEST_F(ListenerTest, AClientThatLeftMakesRoomForTheNextAtOnce) {
  FakeDevice device;
  Server server{device};
  ASSERT_TRUE(server.listen(path));
  for (int i = 0; i < 3; ++i) {
    const auto client = vfio_user::connect_socket(path, soon());
    ASSERT_TRUE(client);
    while (server.service()) continue;
    EXPECT_TRUE(server.connected());
    EXPECT_EQ(device.disconnects, i);
  }
}

/// While it lives, this process can open no more files.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const OwnedFd lowest{::dup(0)};
    const rlimit now{.rlim_cur = static_cast<rlim_t>(lowest.get()), .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;
  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(ListenerTest, WithoutDescriptorsTheServerPausesAndSaysSoOnce) {
  FakeDevice device;
  std::vector<std::string> log;
  Server server{device,
                [&](std::string_view line) { log.emplace_back(line); },
                {.accept = std::chrono::hours{1}}};
  ASSERT_TRUE(server.listen(path));
  const auto client = vfio_user::connect_socket(path, soon());
  ASSERT_TRUE(client);
  EXPECT_EQ(server.fds().size(), 1U);
  const NoDescriptorsLeft none;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(server.service());
  EXPECT_TRUE(server.fds().empty()) << "the waiting client would end every sleep";
  EXPECT_EQ(log.size(), 1U);
}

TEST_F(ListenerTest, WhenThereAreDescriptorsAgainTheClientIsServed) {
  FakeDevice device;
  std::vector<std::string> log;
  Server server{device,
                [&](std::string_view line) { log.emplace_back(line); },
                {.accept = std::chrono::seconds{0}}};
  ASSERT_TRUE(server.listen(path));
  const auto client = vfio_user::connect_socket(path, soon());
  ASSERT_TRUE(client);
  {
    const NoDescriptorsLeft none;
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(server.service());
  }
  EXPECT_EQ(log.size(), 1U);
  EXPECT_TRUE(server.service());
  EXPECT_TRUE(server.connected());
}

}  // namespace
}  // namespace bulkhead::model
