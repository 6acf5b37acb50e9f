// The client against servers that are odd, hostile, or die.
#include "bulkhead/bus/vfio_user/client.hpp"

#include <atomic>
#include <cerrno>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/bus/vfio_user/scripted_server.hpp"
#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

using bus::InterruptKind;
using bus::RegionId;
using FunctionPointer = std::shared_ptr<bus::Function>;

// Long enough for an answer on a busy machine; the tests of silence have their own.
constexpr std::chrono::milliseconds patience{5000};
constexpr std::chrono::milliseconds little_patience{20};

Result<FunctionPointer> introduce(ScriptedServer& server,
                                  std::chrono::milliseconds time = patience) {
  return Client::adopt(server.take_client(), "test", time);
}

// What becomes of the introduction if the server twists its answers to one command.
Error refused(Command command, const std::function<void(Answer&)>& twist,
              std::chrono::milliseconds time = patience) {
  ScriptedServer server{[&](const Message& request, Answer& answer) {
    if (request.header.command == command) twist(answer);
  }};
  const auto function = introduce(server, time);
  return function ? Error{ErrorCode::io, "the client was content", {}} : function.error();
}

bool contains(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

TEST(Client, MeetsAnHonestServer) {
  ScriptedServer server;
  const auto function = introduce(server);
  ASSERT_TRUE(function) << function.error().message();
  EXPECT_EQ((*function)->name(), "test");
  EXPECT_EQ((*function)->region_size(RegionId::bar0), 64_KiB);
  EXPECT_EQ((*function)->region_size(RegionId::bar1), 0_B);
  EXPECT_EQ((*function)->interrupt_count(InterruptKind::msix), 4U);
  const auto word = (*function)->read32(RegionId::bar0, 8);
  ASSERT_TRUE(word);
  EXPECT_EQ(*word, 0xABABABABU);
  EXPECT_TRUE((*function)->write32(RegionId::bar0, 8, 1));
  EXPECT_TRUE((*function)->reset());
  EXPECT_TRUE((*function)->check_alive());
}

TEST(Client, AnotherMajorVersionIsNamedWithOurs) {
  const auto error =
      refused(Command::version, [](Answer& answer) { answer.payload = payload_of(Version{3, 2}); });
  EXPECT_EQ(error.code, ErrorCode::unsupported);
  EXPECT_TRUE(contains(error, "vfio-user 3.2") && contains(error, "0.1")) << error.message();
}

TEST(Client, ARefusedVersionNamesOurs) {
  const auto error = refused(Command::version, [](Answer& answer) {
    answer.header.flags |= flag_error;
    answer.header.error = EPROTONOSUPPORT;
  });
  EXPECT_TRUE(contains(error, "VERSION") && contains(error, "0.1")) << error.message();
}

TEST(Client, ABrokenVersionIsAProtocolError) {
  for (const size_t size : {0U, 3U, 5U}) {
    const auto error =
        refused(Command::version, [size](Answer& answer) { answer.payload.resize(size); });
    EXPECT_EQ(error.code, ErrorCode::protocol) << size << error.message();
  }
}

TEST(Client, AReplyWithAnotherIdIsAProtocolError) {
  const auto error =
      refused(Command::device_get_info, [](Answer& answer) { ++answer.header.message_id; });
  EXPECT_EQ(error.code, ErrorCode::protocol);
  EXPECT_TRUE(contains(error, "test: DEVICE_GET_INFO: the reply's id")) << error.message();
}

TEST(Client, AReplyToAnotherCommandIsAProtocolError) {
  const auto error = refused(Command::device_get_info,
                             [](Answer& answer) { answer.header.command = Command::device_reset; });
  EXPECT_EQ(error.code, ErrorCode::protocol);
  EXPECT_TRUE(contains(error, "DEVICE_RESET")) << error.message();
}

TEST(Client, AMessageThatIsNeitherCommandNorReplyIsAProtocolError) {
  const auto error =
      refused(Command::device_get_info, [](Answer& answer) { answer.header.flags = 9; });
  EXPECT_EQ(error.code, ErrorCode::protocol);
}

TEST(Client, ShortRepliesAreProtocolErrors) {
  for (const Command command :
       {Command::device_get_info, Command::device_get_region_info, Command::device_get_irq_info}) {
    for (const size_t size : {0U, 1U, 15U}) {
      const auto error = refused(command, [size](Answer& answer) { answer.payload.resize(size); });
      EXPECT_EQ(error.code, ErrorCode::protocol) << error.message();
    }
  }
}

TEST(Client, AnErrorReplySaysWhichCommandAndWhy) {
  const auto error = refused(Command::device_get_info, [](Answer& answer) {
    answer.header.flags |= flag_error;
    answer.header.error = EACCES;
    answer.payload.clear();
  });
  EXPECT_EQ(error.code, ErrorCode::permission);
  EXPECT_TRUE(contains(error, "DEVICE_GET_INFO") && contains(error, "Permission denied"))
      << error.message();
}

TEST(Client, AnErrorReplyWithAnImpossibleErrnoIsAnErrorAllTheSame) {
  for (const uint32_t number : {0U, 5000U, ~0U}) {
    const auto error = refused(Command::device_get_info, [number](Answer& answer) {
      answer.header.flags |= flag_error;
      answer.header.error = number;
    });
    EXPECT_TRUE(contains(error, "gave no reason")) << error.message();
  }
}

TEST(Client, ASilentServerIsATimeout) {
  const auto error =
      refused(Command::version, [](Answer& answer) { answer.silent = true; }, little_patience);
  EXPECT_EQ(error.code, ErrorCode::timeout);
  EXPECT_TRUE(contains(error, "test: VERSION: no reply within 20 ms")) << error.message();
}

TEST(Client, AServerThatStopsInTheMiddleOfAReplyIsATimeout) {
  const auto error = refused(
      Command::version,
      [](Answer& answer) { answer.instead = payload_of(header_of(Command::version, 32)); },
      little_patience);
  EXPECT_EQ(error.code, ErrorCode::timeout);
}

TEST(Client, AServerThatDiesIsGone) {
  for (const Command command : {Command::version, Command::device_get_region_info}) {
    const auto error = refused(command, [](Answer& answer) { answer.hang_up = true; });
    EXPECT_EQ(error.code, ErrorCode::device_gone);
    EXPECT_TRUE(contains(error, "the device's server has gone")) << error.message();
  }
}

TEST(Client, AReplyOfImpossibleSizeIsAProtocolError) {
  for (const uint32_t size : {0U, 15U, max_message_size + 1, ~0U}) {
    const auto error = refused(Command::device_get_info, [size](Answer& answer) {
      answer.instead = payload_of(header_of(Command::device_get_info, size, flag_type_reply));
    });
    EXPECT_EQ(error.code, ErrorCode::protocol) << size;
  }
}

TEST(Client, WhatIsNoPciDeviceIsRefused) {
  EXPECT_EQ(refused(Command::device_get_info,
                    [](Answer& answer) { answer.payload = payload_of(DeviceInfo{16, 1, 9, 5}); })
                .code,
            ErrorCode::unsupported);
  EXPECT_EQ(refused(Command::device_get_info,
                    [](Answer& answer) { answer.payload = payload_of(DeviceInfo{16, 2, 3, 5}); })
                .code,
            ErrorCode::protocol);
}

TEST(Client, ARegionOfImpossibleSizeIsAProtocolError) {
  const auto error = refused(Command::device_get_region_info, [](Answer& answer) {
    auto info = from_bytes<RegionInfo>(answer.payload);
    info.size = ~0ULL;
    answer.payload = payload_of(info);
  });
  EXPECT_EQ(error.code, ErrorCode::protocol);
  EXPECT_TRUE(contains(error, "region 0")) << error.message();
}

TEST(Client, ADescriptionThatGrowsWithEachQuestionIsAProtocolError) {
  const auto error =
      refused(Command::device_get_region_info, [grown = 1024U](Answer& answer) mutable {
        auto info = from_bytes<RegionInfo>(answer.payload);
        info.argsz = grown += 32;
        answer.payload = payload_of(info);
      });
  EXPECT_EQ(error.code, ErrorCode::protocol);
}

TEST(Client, MoreInterruptsThanPciHasAreAProtocolError) {
  const auto error = refused(Command::device_get_irq_info, [](Answer& answer) {
    auto info = from_bytes<IrqInfo>(answer.payload);
    info.count = 1U << 30U;
    answer.payload = payload_of(info);
  });
  EXPECT_EQ(error.code, ErrorCode::protocol);
}

TEST(Client, AReadOfTheWrongLengthIsAProtocolError) {
  for (const size_t size : {0U, 16U, 19U, 21U, 4000U}) {
    ScriptedServer server{[size](const Message& request, Answer& answer) {
      if (request.header.command == Command::region_read) answer.payload.resize(size);
    }};
    const auto function = introduce(server);
    ASSERT_TRUE(function);
    EXPECT_EQ((*function)->read32(RegionId::bar0, 0).error().code, ErrorCode::protocol) << size;
  }
}

TEST(Client, ARequestOutsideOfARegionNeverLeaves) {
  std::atomic<int> accesses = 0;
  ScriptedServer server{[&](const Message& request, Answer&) {
    if (request.header.command == Command::region_read) ++accesses;
  }};
  const auto function = introduce(server);
  ASSERT_TRUE(function);
  std::array<std::byte, 3> three{};
  EXPECT_EQ((*function)->read(RegionId::bar0, 0, three).error().code, ErrorCode::invalid_argument);
  for (const uint64_t offset : {65536ULL, 65533ULL, 2ULL, ~0ULL - 3})
    EXPECT_EQ((*function)->read32(RegionId::bar0, offset).error().code,
              ErrorCode::invalid_argument);
  EXPECT_EQ((*function)->read32(RegionId::bar2, 0).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(accesses, 0);
}

TEST(Client, AfterATimeoutALateReplyIsNotTakenForAnothers) {
  ScriptedServer server{[](const Message& request, Answer& answer) {
    answer.silent = request.header.command == Command::device_reset;
  }};
  const auto function = introduce(server, std::chrono::milliseconds{1000});
  ASSERT_TRUE(function) << function.error().message();
  EXPECT_EQ((*function)->reset().error().code, ErrorCode::timeout);
  EXPECT_EQ((*function)->read32(RegionId::bar0, 0).error().code, ErrorCode::timeout);
  EXPECT_EQ((*function)->check_alive().error().code, ErrorCode::timeout);
}

TEST(Client, WhatTheServerAsksIsRefusedAndTheReplyStillFound) {
  std::atomic<uint32_t> refusal = 0;
  ScriptedServer server{[&](const Message& request, Answer& answer) {
    if (request.header.command == Command::dma_read) {
      refusal = request.header.error;
      answer.silent = true;
    }
    if (request.header.command != Command::device_reset) return;
    answer.instead = payload_of(
        header_of(Command::dma_read, 32), DmaAccess{0, 64},
        Header{request.header.message_id, Command::device_reset, 16, flag_type_reply, 0});
  }};
  {
    const auto function = introduce(server);
    ASSERT_TRUE(function);
    EXPECT_TRUE((*function)->reset());
    EXPECT_TRUE((*function)->read32(RegionId::bar0, 0));
  }
  EXPECT_EQ(refusal, static_cast<uint32_t>(ENOTSUP));
}

TEST(Client, CheckAliveAnswersTheServerAndNoticesItsEnd) {
  auto [mine, theirs] = socket_pair();
  Connection connection{*Channel::adopt(std::move(mine)), "test", patience};
  EXPECT_TRUE(connection.check_alive());
  auto peer = Channel::adopt(std::move(theirs));
  ASSERT_TRUE(send_raw(peer->fd(), payload_of(header_of(Command::dma_write, 16))));
  EXPECT_TRUE(connection.check_alive());
  const auto refusal = peer->receive(Deadline::after(patience));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->header.flags, flag_type_reply | flag_error);
  EXPECT_EQ(refusal->header.error, static_cast<uint32_t>(ENOTSUP));
  peer = fail(ErrorCode::io, "closed");
  EXPECT_EQ(connection.check_alive().error().code, ErrorCode::device_gone);
}

TEST(Client, AReplyThatNobodyAskedForIsAProtocolError) {
  auto [mine, theirs] = socket_pair();
  Connection connection{*Channel::adopt(std::move(mine)), "test", patience};
  ASSERT_TRUE(
      send_raw(theirs.get(), payload_of(header_of(Command::region_read, 16, flag_type_reply))));
  EXPECT_EQ(connection.check_alive().error().code, ErrorCode::protocol);
}

TEST(Client, EventfdsGoOutInMessagesOfThePeersSize) {
  std::vector<std::pair<uint32_t, size_t>> messages;
  const OwnedFd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  {
    ScriptedServer server{[&](const Message& request, Answer& answer) {
      if (request.header.command == Command::version) {
        Capabilities two;
        two.max_msg_fds = 2;
        answer.payload = encode_version({.version = {0, 1}, .capabilities = two});
      }
      if (request.header.command != Command::device_set_irqs) return;
      const auto set = from_bytes<IrqSet>(request.payload);
      messages.emplace_back(set.start, request.fds.size());
    }};
    const auto function = introduce(server);
    ASSERT_TRUE(function);
    const int fd = event.get();
    EXPECT_TRUE((*function)->set_interrupts(InterruptKind::msix, 0, std::array{fd, fd, fd, -1}));
    EXPECT_EQ((*function)
                  ->set_interrupts(InterruptKind::msix, 1, std::array{fd, fd, fd, fd})
                  .error()
                  .code,
              ErrorCode::invalid_argument);
    EXPECT_EQ((*function)->set_interrupts(InterruptKind::msix, ~0U, std::array{fd}).error().code,
              ErrorCode::invalid_argument);
  }
  EXPECT_EQ(messages, (std::vector<std::pair<uint32_t, size_t>>{{0, 2}, {2, 1}, {3, 0}}));
}

TEST(Client, DmaMappingsMustBeWholePagesOfTheServer) {
  ScriptedServer server{[](const Message& request, Answer& answer) {
    if (request.header.command != Command::version) return;
    Capabilities huge;
    huge.pgsizes = 2U << 20U;
    huge.max_dma_maps = 1;
    answer.payload = encode_version({.version = {0, 1}, .capabilities = huge});
  }};
  const auto function = introduce(server);
  ASSERT_TRUE(function);
  const OwnedFd memory{::memfd_create("test", MFD_CLOEXEC)};
  EXPECT_EQ((*function)->map_dma(memory.get(), 4_KiB).error().code, ErrorCode::invalid_argument);
  const auto address = (*function)->map_dma(memory.get(), 2_MiB);
  ASSERT_TRUE(address);
  EXPECT_EQ((*function)->map_dma(memory.get(), 2_MiB).error().code, ErrorCode::no_memory);
  EXPECT_EQ((*function)->unmap_dma(*address, 4_MiB).error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE((*function)->unmap_dma(*address, 2_MiB));
  EXPECT_EQ((*function)->unmap_dma(*address, 2_MiB).error().code, ErrorCode::invalid_argument);
}

TEST(Client, DescriptorsOfRepliesDoNotLeak) {
  const OwnedFd memory{::memfd_create("test", MFD_CLOEXEC)};
  const auto before = open_descriptors();
  {
    ScriptedServer server{[&](const Message&, Answer& answer) {
      answer.fds = {memory.get(), memory.get(), memory.get()};
    }};
    const auto function = introduce(server);
    EXPECT_FALSE(function);  // a region with three files
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace bulkhead::vfio_user
