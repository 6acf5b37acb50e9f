// The server against clients that break the protocol: each loses its connection at most, and the
// next one is served.
#include <array>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "bulkhead/bus/vfio_user/protocol_names.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include "model/vfio_user/server.hpp"

#include "tests/model/vfio_user/fake_device.hpp"
#include "tests/model/vfio_user/raw_client.hpp"

namespace bulkhead::model {
namespace {

using vfio_user::Command;
using vfio_user::header_of;
using vfio_user::payload_of;
using vfio_user::send_raw;

struct Request {
  Command command;
  std::vector<std::byte> payload;
};

// One acceptable request for each command.
std::vector<Request> good_requests() {
  return {
      {Command::version,
       vfio_user::encode_version({.version = {.major = 0, .minor = 1}, .capabilities = {}})},
      {Command::dma_map, payload_of(vfio_user::DmaMap{32, 3, 0, 0x10000, 0x1000})},
      {Command::dma_unmap, payload_of(vfio_user::DmaUnmap{24, 0, 0x10000, 0x1000})},
      {Command::device_get_info, payload_of(vfio_user::DeviceInfo{16, 0, 0, 0})},
      {Command::device_get_region_info, payload_of(vfio_user::RegionInfo{4096, 0, 0, 0, 0, 0})},
      {Command::device_get_region_io_fds, payload_of(vfio_user::RegionIoFds{16, 0, 0, 0})},
      {Command::device_get_irq_info, payload_of(vfio_user::IrqInfo{16, 0, 2, 0})},
      {Command::device_set_irqs, payload_of(vfio_user::IrqSet{20, 0x24, 2, 0, 1})},
      {Command::region_read, payload_of(vfio_user::RegionAccess{0, 0, 64})},
      {Command::region_write, payload_of(vfio_user::RegionAccess{0, 0, 8}, uint64_t{5})},
      {Command::region_write_multi, payload_of(uint64_t{1}, vfio_user::SmallWrite{0, 0, 8, 6})},
      {Command::device_reset, {}},
  };
}

std::vector<std::byte> whole(const Request& request) {
  auto bytes =
      payload_of(header_of(request.command, static_cast<uint32_t>(16 + request.payload.size())));
  bytes.insert(bytes.end(), request.payload.begin(), request.payload.end());
  return bytes;
}

class HostileClient : public testing::Test {
 protected:
  // What matters after every attack.
  void expect_the_next_client_to_be_served() {
    while (server.service()) continue;
    ASSERT_FALSE(server.connected()) << "the hostile client is still there";
    RawClient next{server};
    ASSERT_TRUE(next.accepted());
    ASSERT_TRUE(next.introduce());
    ASSERT_EQ(next.error_of(Command::region_read, payload_of(vfio_user::RegionAccess{0, 7, 4})), 0);
  }

  FakeDevice device;
  Server server{device};
};

TEST_F(HostileClient, EveryCommandTruncatedAtEveryLengthAndGone) {
  for (const auto& request : good_requests()) {
    const auto bytes = whole(request);
    for (size_t length = 0; length < bytes.size(); ++length) {
      {
        RawClient client{server};
        if (request.command != Command::version) {
          ASSERT_TRUE(client.introduce());
        }
        ASSERT_TRUE(send_raw(client.fd(), std::span{bytes}.first(length)));
        while (server.service()) continue;
      }
      expect_the_next_client_to_be_served();
    }
  }
}

TEST_F(HostileClient, EveryCommandWithEveryShorterPayload) {
  for (const auto& request : good_requests()) {
    for (size_t length = 0; length < request.payload.size(); ++length) {
      {
        RawClient client{server};
        if (request.command != Command::version) {
          ASSERT_TRUE(client.introduce());
        }
        const std::vector<std::byte> payload{
            request.payload.begin(), request.payload.begin() + static_cast<std::ptrdiff_t>(length)};
        // A version without JSON is one.
        const bool fine = request.command == Command::version && length == 4;
        EXPECT_EQ(client.error_of(request.command, payload) == 0, fine)
            << vfio_user::command_name(request.command) << " with " << length << " bytes";
        EXPECT_EQ(server.connected(), fine);
      }
      expect_the_next_client_to_be_served();
    }
  }
}

TEST_F(HostileClient, RandomMutationsOfWholeConversations) {
  const auto memory = *create_sealed_memory("dma", 64_KiB, PageSize::small_4k);
  const auto requests = good_requests();
  std::mt19937 random{20240607};
  const auto below = [&](size_t n) { return random() % n; };
  for (int round = 0; round < 4000; ++round) {
    RawClient client{server};
    ASSERT_TRUE(client.accepted());
    if (below(8) != 0) {
      ASSERT_TRUE(client.introduce());
    }
    for (int i = 0; i < 6; ++i) {
      auto bytes = whole(requests.at(below(requests.size())));
      for (size_t n = below(5); n > 0; --n)
        bytes.at(below(bytes.size())) = static_cast<std::byte>(below(4) == 0 ? 255 : random());
      const std::vector<int> fds(below(4) == 0 ? below(3) : 0, memory.get());
      static_cast<void>(vfio_user::send_some(client.fd(), bytes, {}, fds));
      while (server.service()) continue;
    }
  }
  expect_the_next_client_to_be_served();
}

TEST_F(HostileClient, NoiseInsteadOfMessages) {
  std::mt19937 random{7};
  for (int round = 0; round < 500; ++round) {
    RawClient client{server};
    std::vector<std::byte> noise(random() % 200);
    for (auto& byte : noise) byte = static_cast<std::byte>(random());
    static_cast<void>(send_raw(client.fd(), noise));
    while (server.service()) continue;
  }
  expect_the_next_client_to_be_served();
}

TEST_F(HostileClient, MessagesBeforeTheVersionOrASecondVersion) {
  {
    RawClient client{server};
    EXPECT_NE(client.error_of(Command::device_reset, {}), 0);
    EXPECT_EQ(server.last_error(), "DEVICE_RESET: the client sent it before VERSION");
  }
  expect_the_next_client_to_be_served();
  {
    RawClient client{server};
    ASSERT_TRUE(client.introduce());
    EXPECT_FALSE(client.introduce());
    EXPECT_EQ(server.last_error(), "VERSION: the client sent a second one");
  }
  expect_the_next_client_to_be_served();
  EXPECT_EQ(device.resets, 0);
}

TEST_F(HostileClient, RepliesInsteadOfCommands) {
  {
    RawClient client{server};
    EXPECT_FALSE(client.ask(header_of(Command::version, 0, vfio_user::flag_type_reply), {}));
    EXPECT_FALSE(server.connected());
  }
  expect_the_next_client_to_be_served();
}

TEST_F(HostileClient, TooManyDescriptors) {
  const auto memory = *create_sealed_memory("dma", 4_KiB, PageSize::small_4k);
  const auto before = vfio_user::open_descriptors();
  {
    RawClient client{server};
    ASSERT_TRUE(client.introduce());
    const auto bytes = whole(good_requests().at(1));
    const std::vector<int> sixteen(vfio_user::our_max_msg_fds, memory.get());
    const std::span all{bytes};
    ASSERT_TRUE(vfio_user::send_some(client.fd(), all.first(8), {}, sixteen));
    ASSERT_TRUE(vfio_user::send_some(client.fd(), all.subspan(8), {}, sixteen));
    while (server.service()) continue;
    EXPECT_FALSE(server.connected());
    EXPECT_NE(server.last_error().find("file descriptors"), std::string::npos);
  }
  EXPECT_EQ(vfio_user::open_descriptors(), before);
}

TEST_F(HostileClient, DescriptorsWhereNoneBelongDoNotLeak) {
  const auto memory = *create_sealed_memory("dma", 4_KiB, PageSize::small_4k);
  const auto before = vfio_user::open_descriptors();
  {
    RawClient client{server};
    ASSERT_TRUE(client.introduce());
    for (const auto& request : good_requests())
      static_cast<void>(client.ask(request.command, request.payload, {memory.get(), memory.get()}));
  }
  EXPECT_EQ(vfio_user::open_descriptors(), before);
}

TEST_F(HostileClient, AClientThatReadsNothingHoldsNobodyUp) {
  {
    RawClient client{server};
    ASSERT_TRUE(client.introduce());
    const auto bytes = whole(
        {Command::region_read, payload_of(vfio_user::RegionAccess{0, 0, FakeDevice::bar_size})});
    for (int i = 0; i < 100; ++i)
      static_cast<void>(vfio_user::send_some(client.fd(), bytes, {}, {}));
    while (server.service()) continue;
    EXPECT_TRUE(server.connected());
    const auto fds = server.fds();
    ASSERT_EQ(fds.size(), 1U);
    EXPECT_EQ(fds[0].events, POLLOUT);
  }
  expect_the_next_client_to_be_served();
}

TEST_F(HostileClient, AClientThatDoesNotReadItsReplyInTimeIsClosed) {
  std::vector<std::string> log;
  Server strict{device,
                [&log](std::string_view line) { log.emplace_back(line); },
                {.reply = std::chrono::seconds{0}}};
  RawClient client{strict};
  ASSERT_TRUE(client.introduce());
  const auto bytes = whole(
      {Command::region_read, payload_of(vfio_user::RegionAccess{0, 0, FakeDevice::bar_size})});
  for (int i = 0; i < 100; ++i) static_cast<void>(vfio_user::send_some(client.fd(), bytes, {}, {}));
  for (int i = 0; i < 200 && strict.connected(); ++i) strict.service();
  EXPECT_FALSE(strict.connected());
  ASSERT_EQ(log.size(), 1U);
  EXPECT_NE(log[0].find("does not read its reply"), std::string::npos) << log[0];
}

}  // namespace
}  // namespace bulkhead::model
