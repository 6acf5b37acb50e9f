#include "bulkhead/bus/vfio_user/client.hpp"

#include <atomic>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "tests/bus/vfio_user/introduce.hpp"
#include "tests/bus/vfio_user/scripted_server.hpp"
#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

using bus::InterruptKind;
using bus::RegionId;

TEST(Client, MeetsAnHonestServer) {
  ScriptedServer server;
  const auto function = introduce(server);
  ASSERT_TRUE(function) << function.error().message();
  EXPECT_EQ((*function)->name(), "test");
  EXPECT_EQ((*function)->region_size(RegionId::bar0), 64_KiB);
  EXPECT_EQ((*function)->region_size(RegionId::bar1), 0_B);
  EXPECT_EQ((*function)->interrupt_count(InterruptKind::msix), 4U);
  EXPECT_EQ((*function)->interrupt_count(InterruptKind::msi), 1U);
  EXPECT_EQ((*function)->interrupt_count(InterruptKind::intx), 0U) << "it could not be unmasked";
  const auto word = (*function)->read32(RegionId::bar0, 8);
  ASSERT_TRUE(word);
  EXPECT_EQ(*word, 0xABABABABU);
  EXPECT_TRUE((*function)->write32(RegionId::bar0, 8, 1));
  EXPECT_TRUE((*function)->reset());
  EXPECT_TRUE((*function)->check_alive());
}

TEST(Client, AReadOfTheWrongLengthIsAProtocolError) {
  for (const size_t size : {0U, 16U, 19U, 21U, 4000U}) {
    ScriptedServer server{[size](const Message& request, Answer& answer) {
      if (request.header.command == Command::region_read) answer.payload.resize(size);
    }};
    const auto function = introduce(server);
    ASSERT_TRUE(function);
    EXPECT_EQ((*function)->read32(RegionId::bar0, 0).error().code, ErrorCode::protocol) << size;
    EXPECT_EQ((*function)->reset().error().code, ErrorCode::protocol) << "the connection has ended";
  }
}

TEST(Client, AWriteOfTheWrongLengthEndsTheConnection) {
  ScriptedServer server{[](const Message& request, Answer& answer) {
    if (request.header.command == Command::region_write)
      answer.payload = payload_of(RegionAccess{.offset = 0, .region = 0, .count = 2});
  }};
  const auto function = introduce(server);
  ASSERT_TRUE(function);
  const auto written = (*function)->write32(RegionId::bar0, 0, 1);
  EXPECT_EQ(written.error().message(), "test: REGION_WRITE: the server wrote 2 bytes, not 4");
  const auto next = (*function)->read32(RegionId::bar0, 0);
  EXPECT_EQ(next.error().message(), "test: REGION_READ: the server wrote 2 bytes, not 4");
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
  const auto memory = memory::Region::allocate("test", 2_MiB);
  ASSERT_TRUE(memory);
  const auto small = memory::Region::adopt(OwnedFd{::memfd_create("small", MFD_CLOEXEC)}, 4_KiB);
  ASSERT_TRUE(small);
  EXPECT_EQ((*function)->map_dma(memory::Region{}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ((*function)->map_dma(*small).error().code, ErrorCode::invalid_argument);
  const auto address = (*function)->map_dma(*memory);
  ASSERT_TRUE(address);
  EXPECT_EQ((*function)->map_dma(*memory).error().code, ErrorCode::no_memory);
  EXPECT_EQ((*function)->unmap_dma(*address, 4_MiB).error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE((*function)->unmap_dma(*address, 2_MiB));
  EXPECT_EQ((*function)->unmap_dma(*address, 2_MiB).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace bulkhead::vfio_user
