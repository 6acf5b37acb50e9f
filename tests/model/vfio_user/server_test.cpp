// What the server answers to well-formed messages, and to numbers that are out of range.
#include "model/vfio_user/server.hpp"

#include <cerrno>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "tests/model/vfio_user/fake_device.hpp"
#include "tests/model/vfio_user/raw_client.hpp"

namespace bulkhead::model {
namespace {

using vfio_user::Command;
using vfio_user::payload_of;

class ServerTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(client.introduce()); }

  template <class T>
  T answer(Command command, const std::vector<std::byte>& payload) {
    const auto reply = client.ask(command, payload);
    if (!reply || reply->payload.size() < sizeof(T)) return {};
    return from_bytes<T>(reply->payload);
  }

  int map(uint64_t address, uint64_t size, uint64_t offset = 0, uint32_t flags = 3) {
    return client.error_of(Command::dma_map,
                           payload_of(vfio_user::DmaMap{32, flags, offset, address, size}),
                           {memory.get()});
  }
  int unmap(uint64_t address, uint64_t size, uint32_t flags = 0) {
    return client.error_of(Command::dma_unmap,
                           payload_of(vfio_user::DmaUnmap{24, flags, address, size}));
  }
  int set_irqs(uint32_t flags, uint32_t index, uint32_t start, uint32_t count, size_t fds = 0) {
    return client.error_of(Command::device_set_irqs,
                           payload_of(vfio_user::IrqSet{20, flags, index, start, count}),
                           std::vector<int>(fds, event.get()));
  }

  FakeDevice device;
  Server server{device};
  RawClient client{server};
  OwnedFd memory = *create_sealed_memory("dma", 64_KiB, PageSize::small_4k);
  OwnedFd event{::eventfd(0, EFD_CLOEXEC)};
};

constexpr uint32_t assign = vfio_user::irq_set_data_eventfd | vfio_user::irq_set_action_trigger;

TEST_F(ServerTest, RepliesCarryTheRequestsIdAndCommand) {
  auto header = vfio_user::header_of(Command::device_reset);
  header.message_id = 4711;
  const auto reply = client.ask(header, {});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header.message_id, 4711);
  EXPECT_EQ(reply->header.command, Command::device_reset);
  EXPECT_EQ(reply->header.flags, vfio_user::flag_type_reply);
  EXPECT_EQ(device.resets, 1);
}

TEST_F(ServerTest, NoReplyMeansNoReply) {
  EXPECT_FALSE(
      client.ask(vfio_user::header_of(Command::device_reset, 0, vfio_user::flag_no_reply), {}));
  EXPECT_EQ(device.resets, 1);
  EXPECT_TRUE(server.connected());
}

TEST_F(ServerTest, DescribesTheDevice) {
  const auto info = answer<vfio_user::DeviceInfo>(Command::device_get_info,
                                                  payload_of(vfio_user::DeviceInfo{16, 0, 0, 0}));
  EXPECT_EQ(info.argsz, 16U);
  EXPECT_EQ(info.flags, vfio_user::device_flag_pci | vfio_user::device_flag_reset);
  EXPECT_EQ(info.num_regions, 9U);
  EXPECT_EQ(info.num_irqs, 5U);
  EXPECT_EQ(
      client.error_of(Command::device_get_info, payload_of(vfio_user::DeviceInfo{15, 0, 0, 0})),
      EINVAL);
}

TEST_F(ServerTest, ARegionsDescriptionThatDoesNotFitSaysHowMuchItNeeds) {
  const auto ask = [&](uint32_t argsz) {
    return client.ask(Command::device_get_region_info,
                      payload_of(vfio_user::RegionInfo{argsz, 0, 0, 0, 0, 0}));
  };
  const auto partial = ask(32);
  ASSERT_TRUE(partial);
  EXPECT_TRUE(partial->fds.empty());
  const auto info = from_bytes<vfio_user::RegionInfo>(partial->payload);
  EXPECT_EQ(info.argsz, 64U);
  EXPECT_EQ(info.flags & vfio_user::region_flag_caps, 0U);
  EXPECT_EQ(partial->payload.size(), 32U);

  const auto whole = ask(info.argsz);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->payload.size(), 64U);
  EXPECT_EQ(whole->fds.size(), 1U);
  EXPECT_FALSE(ask(31)->payload.size());
}

TEST_F(ServerTest, RegionsAndInterruptsThatPciDoesNotHaveAreRefused) {
  for (const uint32_t index : {9U, 1000U, ~0U}) {
    EXPECT_EQ(client.error_of(Command::device_get_region_info,
                              payload_of(vfio_user::RegionInfo{32, 0, index, 0, 0, 0})),
              EINVAL);
    EXPECT_EQ(client.error_of(Command::device_get_region_io_fds,
                              payload_of(vfio_user::RegionIoFds{16, 0, index, 0})),
              EINVAL);
    EXPECT_EQ(client.error_of(Command::device_get_irq_info,
                              payload_of(vfio_user::IrqInfo{16, 0, index, 0})),
              EINVAL);
    EXPECT_EQ(set_irqs(assign, index, 0, 0), EINVAL);
  }
}

TEST_F(ServerTest, ThereAreNoRegionIoFds) {
  const auto fds = answer<vfio_user::RegionIoFds>(Command::device_get_region_io_fds,
                                                  payload_of(vfio_user::RegionIoFds{64, 0, 0, 0}));
  EXPECT_EQ(fds.argsz, 16U);
  EXPECT_EQ(fds.count, 0U);
}

TEST_F(ServerTest, ReadsAndWritesReachTheDevice) {
  ASSERT_EQ(client.error_of(Command::region_write,
                            payload_of(vfio_user::RegionAccess{0x100, 0, 4}, uint32_t{77})),
            0);
  const auto reply =
      client.ask(Command::region_read, payload_of(vfio_user::RegionAccess{0x100, 0, 4}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->payload, payload_of(vfio_user::RegionAccess{0x100, 0, 4}, uint32_t{77}));
}

TEST_F(ServerTest, AccessesOutsideOfARegionNeverReachTheDevice) {
  const auto read = [&](uint64_t offset, uint32_t region, uint32_t count) {
    return client.error_of(Command::region_read,
                           payload_of(vfio_user::RegionAccess{offset, region, count}));
  };
  EXPECT_EQ(read(0, 0, 65536), 0);
  EXPECT_EQ(read(0, 0, 65537), EINVAL);
  EXPECT_EQ(read(65536, 0, 1), EINVAL);
  EXPECT_EQ(read(~0ULL, 0, 2), EINVAL);
  EXPECT_EQ(read(0, 0, 0), EINVAL);
  EXPECT_EQ(read(0, 0, ~0U), EINVAL);
  EXPECT_EQ(read(0, 1, 1), EINVAL);
  EXPECT_EQ(read(0, 9, 1), EINVAL);
  EXPECT_EQ(read(0, 2, 1), EINVAL);  // the device's own refusal
  EXPECT_EQ(client.error_of(Command::region_write,
                            payload_of(vfio_user::RegionAccess{0, 2, 4}, uint32_t{})),
            EINVAL);  // read-only
  EXPECT_TRUE(server.connected());
}

TEST_F(ServerTest, AWriteWhoseDataIsNotAsLongAsItSaysEndsTheConnection) {
  EXPECT_EQ(client.error_of(Command::region_write,
                            payload_of(vfio_user::RegionAccess{0, 0, 8}, uint32_t{})),
            EPROTO);
  EXPECT_FALSE(server.connected());
  EXPECT_EQ(server.last_error(), "REGION_WRITE: the data is not as long as its count says");
  EXPECT_EQ(device.disconnects, 1);
}

TEST_F(ServerTest, SeveralWritesComeInOneMessage) {
  using vfio_user::SmallWrite;
  EXPECT_EQ(client.error_of(Command::region_write_multi,
                            payload_of(uint64_t{2}, SmallWrite{0, 0, 4, 0x11223344},
                                       SmallWrite{8, 0, 8, ~0ULL})),
            0);
  const auto word = client.ask(Command::region_read, payload_of(vfio_user::RegionAccess{0, 0, 8}));
  ASSERT_TRUE(word);
  EXPECT_EQ(word->payload, payload_of(vfio_user::RegionAccess{0, 0, 8}, uint64_t{0x11223344}));
  EXPECT_EQ(
      client.error_of(Command::region_write_multi, payload_of(uint64_t{1}, SmallWrite{0, 0, 9, 0})),
      EINVAL);
  EXPECT_EQ(
      client.error_of(Command::region_write_multi, payload_of(~0ULL / 24, SmallWrite{0, 0, 4, 0})),
      EPROTO);
}

TEST_F(ServerTest, DmaRangesAreCheckedBeforeTheDeviceSeesThem) {
  EXPECT_EQ(map(0x10000, 0x10000), 0);
  EXPECT_EQ(map(0x10000, 0x10000), EEXIST);
  EXPECT_EQ(map(0x1F000, 0x2000), EEXIST);
  EXPECT_EQ(map(0x0F000, 0x2000), EEXIST);
  EXPECT_EQ(map(0x20000, 0x1000), 0);
  EXPECT_EQ(map(0x30000, 0), EINVAL);
  EXPECT_EQ(map(0x30001, 0x1000), EINVAL);
  EXPECT_EQ(map(0x30000, 0x800), EINVAL);
  EXPECT_EQ(map(0x30000, 0x1000, 1), EINVAL);
  EXPECT_EQ(map(0x30000, 0x1000, 0, 8), EINVAL);
  EXPECT_EQ(map(0x30000, ~0ULL << 12U), EINVAL);
  EXPECT_EQ(map(~0ULL << 12U, 0x2000), EINVAL);
  EXPECT_EQ(map(~0ULL << 12U, 0x1000), 0);  // the last page there is
  EXPECT_EQ(map(0x30000, 0x1000, ~0ULL << 12U), EINVAL);
  EXPECT_EQ(map(0x30000, 0x20000), EINVAL);  // the device's refusal: the file is too small
  EXPECT_EQ(device.dma_count(), 3U);
}

TEST_F(ServerTest, DmaRangesAreTakenBackWhole) {
  ASSERT_EQ(map(0x10000, 0x2000), 0);
  ASSERT_EQ(map(0x12000, 0x2000), 0);
  EXPECT_EQ(unmap(0x10000, 0x1000), EINVAL);
  EXPECT_EQ(unmap(0x11000, 0x1000), EINVAL);
  EXPECT_EQ(unmap(0x11000, 0x3000), EINVAL);
  EXPECT_EQ(unmap(0x20000, 0x1000), ENOENT);
  EXPECT_EQ(unmap(0x10000, 0), EINVAL);
  EXPECT_EQ(unmap(0x10000, 0x2000, vfio_user::dma_unmap_get_dirty_bitmap), ENOTSUP);
  EXPECT_EQ(device.dma_count(), 2U);
  EXPECT_EQ(unmap(0x10000, 0x4000), 0);
  EXPECT_EQ(device.dma_count(), 0U);
  ASSERT_EQ(map(0x10000, 0x2000), 0);
  EXPECT_EQ(unmap(0, 0, vfio_user::dma_unmap_all), 0);
  EXPECT_EQ(device.dma_count(), 0U);
}

TEST_F(ServerTest, AnUnmapsReplyRepeatsItsRequest) {
  ASSERT_EQ(map(0x10000, 0x2000), 0);
  const auto payload = payload_of(vfio_user::DmaUnmap{24, 0, 0x10000, 0x2000});
  const auto reply = client.ask(Command::dma_unmap, payload);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->payload, payload);
}

TEST_F(ServerTest, InterruptsAreAssignedAndTakenAway) {
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_msix, 1, 3, 3), 0);
  EXPECT_EQ(device.assigned_interrupts(), 3);
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_msix, 1, 2), 0);
  EXPECT_EQ(device.assigned_interrupts(), 1);
  constexpr uint32_t disable = vfio_user::irq_set_data_none | vfio_user::irq_set_action_trigger;
  EXPECT_EQ(set_irqs(disable, vfio_user::irq_msix, 0, 0), 0);
  EXPECT_EQ(device.assigned_interrupts(), 0);
}

TEST_F(ServerTest, AnInterruptCannotBlockTheDevice) {
  ASSERT_EQ(set_irqs(assign, vfio_user::irq_msix, 0, 1, 1), 0);
  EXPECT_NE(::fcntl(event.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(ServerTest, InterruptsThatThereAreNotAreRefused) {
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_msix, 3, 2, 2), EINVAL);
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_msix, ~0U, 2, 2), EINVAL);
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_msix, 1, ~0U, 1), EINVAL);
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_msix, 1, ~0U), EINVAL);  // takes away, past the end
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_intx, 0, 1, 1), EINVAL);
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_msix, 0, 2, 1), EINVAL);
  EXPECT_EQ(set_irqs(assign, vfio_user::irq_msix, 0, 0, 2), EINVAL);
  EXPECT_EQ(device.assigned_interrupts(), 0);
}

TEST_F(ServerTest, InterruptFlagsThatExcludeEachOtherAreRefused) {
  for (const uint32_t flags : {0U, vfio_user::irq_set_data_eventfd, assign | 1U, assign | 8U,
                               assign | 64U, vfio_user::irq_set_action_trigger})
    EXPECT_EQ(set_irqs(flags, vfio_user::irq_msix, 0, 1), EINVAL) << flags;
  EXPECT_EQ(set_irqs(vfio_user::irq_set_data_none | vfio_user::irq_set_action_mask,
                     vfio_user::irq_msix, 0, 1),
            ENOTSUP);
}

TEST_F(ServerTest, UnknownCommandsAreNotSupported) {
  for (const int number : {0, 11, 12, 14, 16, 17, 18, 99, 65535}) {
    EXPECT_EQ(client.error_of(static_cast<Command>(number), std::vector<std::byte>(100)), ENOTSUP)
        << number;
  }
  EXPECT_TRUE(server.connected());
}

TEST_F(ServerTest, TheVersionsReplyHasOnlyWhatWasProposed) {
  FakeDevice other;
  Server plain{other};
  RawClient modest{plain};
  const auto reply = modest.ask(Command::version, payload_of(vfio_user::Version{0, 0}));
  ASSERT_TRUE(reply);
  const auto version = vfio_user::decode_version(reply->payload);
  ASSERT_TRUE(version);
  EXPECT_EQ(version->version.minor, 0);
  EXPECT_FALSE(version->capabilities.pgsizes);
  EXPECT_FALSE(version->capabilities.write_multiple);
}

TEST_F(ServerTest, AnotherMajorVersionIsRefusedAndNamed) {
  FakeDevice other;
  Server modern{other};
  RawClient future{modern};
  EXPECT_EQ(future.error_of(Command::version, payload_of(vfio_user::Version{1, 0})),
            EPROTONOSUPPORT);
  EXPECT_FALSE(modern.connected());
  EXPECT_EQ(modern.last_error(), "VERSION: the client speaks vfio-user 1.0, this server 0.1");
}

}  // namespace
}  // namespace bulkhead::model
