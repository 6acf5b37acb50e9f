// The client and the server together, over a real socket, on a small device.
#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/bus/function.hpp"

#include "model/vfio_user/server.hpp"

#include "tests/bus/vfio_user/temporary_folder.hpp"
#include "tests/bus/vfio_user/wire.hpp"
#include "tests/model/vfio_user/fake_device.hpp"

namespace bulkhead {
namespace {

using bus::InterruptKind;
using bus::RegionId;
using model::FakeDevice;

// Serves a device in a thread of its own until it is stopped.
class DeviceThread {
 public:
  explicit DeviceThread(const std::string& path) {
    listening_ = server_->listen(path).has_value();
    thread_ = std::thread{[this] { run(); }};
  }
  DeviceThread(const DeviceThread&) = delete;
  DeviceThread& operator=(const DeviceThread&) = delete;
  ~DeviceThread() { stop(); }

  /// Ends the server, as a crash or an orderly end would; the device can be looked at then.
  FakeDevice& stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    server_.reset();
    return device_;
  }
  [[nodiscard]] bool listening() const { return listening_; }

 private:
  void run() {
    while (!stopping_) {
      const bool served = server_->service();
      const bool worked = device_.work();
      if (served || worked) continue;
      auto fds = server_->fds();
      ::poll(fds.data(), fds.size(), 1);
    }
  }

  FakeDevice device_;
  std::optional<model::Server> server_{device_};
  std::atomic<bool> stopping_ = false;
  bool listening_ = false;
  std::thread thread_;
};

class Together : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server.listening());
    auto opened = bus::open("vfio-user:" + path);
    ASSERT_TRUE(opened) << opened.error().message();
    function = *std::move(opened);
  }

  TemporaryFolder folder;
  std::string path = folder.path("device.sock");
  DeviceThread server{path};
  std::shared_ptr<bus::Function> function;
};

TEST_F(Together, RegistersAreReadAndWritten) {
  EXPECT_EQ(function->name(), "vfio-user:" + path);
  EXPECT_EQ(function->identity()->vendor, 0x8086);
  ASSERT_TRUE(function->write32(RegionId::bar0, 0x10, 0xCAFE));
  EXPECT_EQ(*function->read32(RegionId::bar0, 0x10), 0xCAFEU);
  ASSERT_TRUE(function->set_bus_master(true));
  EXPECT_EQ(*function->read_config16(4), 6);
  EXPECT_EQ(function->region_size(RegionId::bar0), 64_KiB);
  EXPECT_EQ(function->interrupt_count(InterruptKind::msix), 4U);
  EXPECT_EQ(function->interrupt_count(InterruptKind::intx), 0U);
  EXPECT_TRUE(function->check_alive());
}

TEST_F(Together, ADeviceErrorComesBackWithTheCommand) {
  const auto value = function->read32(RegionId::bar2, 0);
  ASSERT_FALSE(value);
  EXPECT_NE(value.error().what.find("REGION_READ"), std::string::npos);
  EXPECT_TRUE(function->check_alive());
}

TEST_F(Together, OnlyTheSharedPageCanBeMapped) {
  const auto pages = function->map_bar(RegionId::bar0, Bytes{0x1018}, 4_B);
  ASSERT_TRUE(pages) << pages.error().message();
  EXPECT_EQ(pages->offset, Bytes{0x1000});
  EXPECT_EQ(pages->pages.size(), 4_KiB);
  EXPECT_EQ(function->map_bar(RegionId::bar0, 0_B, 4_B).error().code, ErrorCode::unsupported);
}

TEST_F(Together, ADoorbellLeadsToDmaAndAnInterrupt) {
  const auto memory = memory::Region::allocate("dma", 2_MiB);
  ASSERT_TRUE(memory);
  const auto dma = bus::DmaMapping::create(function, *memory);
  ASSERT_TRUE(dma) << dma.error().message();
  const OwnedFd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  ASSERT_TRUE(function->set_interrupts(InterruptKind::msix, 0, std::array{event.get()}));

  const auto pages = function->map_bar(RegionId::bar0, Bytes{FakeDevice::page_offset}, 4_KiB);
  ASSERT_TRUE(pages);
  const auto page = pages->pages.bytes();
  shared::store_relaxed<uint64_t>(page, FakeDevice::dma_address, dma->address().value());
  shared::store_release<uint32_t>(page, FakeDevice::doorbell, 1);

  pollfd waiting{.fd = event.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&waiting, 1, 10'000), 1) << "no interrupt";
  EXPECT_EQ(shared::load_acquire<uint64_t>(memory->bytes(), 0), FakeDevice::dma_pattern);
}

TEST_F(Together, UnsealedMemoryIsRefusedForDma) {
  OwnedFd unsealed{::memfd_create("unsealed", MFD_CLOEXEC)};
  ASSERT_EQ(::ftruncate(unsealed.get(), 4096), 0);
  const auto memory = memory::Region::adopt(std::move(unsealed), 4_KiB);
  ASSERT_TRUE(memory);
  const auto address = function->map_dma(*memory);
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, ErrorCode::permission);
  EXPECT_NE(address.error().what.find("DMA_MAP"), std::string::npos);
  EXPECT_TRUE(function->check_alive());
}

TEST_F(Together, ResetsAndUnmapsReachTheDevice) {
  const auto memory = memory::Region::allocate("dma", 2_MiB);
  ASSERT_TRUE(memory);
  {
    const auto first = bus::DmaMapping::create(function, *memory);
    ASSERT_TRUE(first);
  }
  const auto second = function->map_dma(*memory);
  ASSERT_TRUE(second);
  EXPECT_TRUE(function->reset());
  ASSERT_TRUE(function->unmap_dma(*second, 2_MiB));
  const auto& device = server.stop();
  EXPECT_EQ(device.resets, 1);
  EXPECT_EQ(device.disconnects, 1);
  EXPECT_EQ(device.dma_count(), 0U);
}

TEST_F(Together, AServerThatEndsIsGone) {
  const auto memory = memory::Region::allocate("dma", 2_MiB);
  ASSERT_TRUE(memory);
  const auto mapping = bus::DmaMapping::create(function, *memory);
  ASSERT_TRUE(mapping);
  server.stop();
  EXPECT_EQ(function->check_alive().error().code, ErrorCode::device_gone);
  const auto value = function->read32(RegionId::bar0, 0);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().what,
            "vfio-user:" + path + ": REGION_READ: the device's server has gone");
}

TEST_F(Together, ASecondClientGetsNoServiceAndTheNextOneDoes) {
  const auto second = bus::open("vfio-user:" + path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::device_gone);
  EXPECT_NE(second.error().remedy.find("one client at a time"), std::string::npos);
  EXPECT_TRUE(function->read32(RegionId::bar0, 0));
  function.reset();
  EXPECT_TRUE(bus::open("vfio-user:" + path));
}

TEST_F(Together, NothingLeaksOverManyConnections) {
  function.reset();
  ASSERT_TRUE(bus::open("vfio-user:" + path));
  const auto memory = memory::Region::allocate("dma", 2_MiB);
  ASSERT_TRUE(memory);
  std::vector<std::ptrdiff_t> counts;
  for (int i = 0; i < 20; ++i) {
    auto again = bus::open("vfio-user:" + path);
    ASSERT_TRUE(again) << again.error().message();
    ASSERT_TRUE((*again)->map_dma(*memory));
    const OwnedFd event{::eventfd(0, EFD_CLOEXEC)};
    const int fd = event.get();
    ASSERT_TRUE((*again)->set_interrupts(InterruptKind::msix, 0, std::array{fd, fd, fd, fd}));
    counts.push_back(vfio_user::open_descriptors());
  }
  EXPECT_EQ(counts.front(), counts.back());
}

}  // namespace
}  // namespace bulkhead
