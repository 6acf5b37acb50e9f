// QEMU's models as functions: what drivers' tests rely on.
#include "tests/qtest/function.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/regs/window.hpp"

#include "tests/qtest/start.hpp"
#include "tests/qtest/wire.hpp"

namespace bulkhead::qtest {
namespace {

using bus::RegionId;
using std::chrono::seconds;

class QtestFunction : public ::testing::Test {
 protected:
  void SetUp() override {
    START_OR_SKIP(function_, {.device = "e1000e,netdev=wire",
                              .arguments = {"-netdev", wire_.netdev()},
                              .inherited = {wire_.inherited()}});
  }
  Wire wire_;
  std::shared_ptr<Function> function_;
};

TEST_F(QtestFunction, ShowsItsConfigurationSpaceAndBars) {
  const auto identity = function_->identity();
  ASSERT_TRUE(identity) << identity.error().message();
  EXPECT_EQ(identity->vendor, 0x8086);
  EXPECT_EQ(identity->device, 0x10D3);
  EXPECT_EQ(function_->region_size(RegionId::bar0), 128_KiB);
  EXPECT_EQ(function_->region_size(RegionId::bar2), Bytes{32}) << "I/O ports";
  EXPECT_EQ(function_->region_size(RegionId::bar4), Bytes{});
  EXPECT_NE(*function_->read32(RegionId::bar0, 0x0008), 0U) << "STATUS";
  EXPECT_EQ(function_->read32(RegionId::bar0, 128U << 10U).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(QtestFunction, ReachesMappedMemoryAndNoOther) {
  std::array regions{*memory::Region::allocate("first", 2_MiB),
                     *memory::Region::allocate("second", 4_MiB)};
  const auto word_at = [&](Iova address) {
    return *function_->command(fmt::format("readl {:#x}", address.value()));
  };
  for (size_t i = 0; i < 3; ++i) {
    auto first = bus::DmaMapping::create(function_, regions[0]);
    ASSERT_TRUE(first) << first.error().message();
    const auto second = bus::DmaMapping::create(function_, regions[1]);
    ASSERT_TRUE(second) << second.error().message();
    shared::store_release<uint32_t>(regions[0].bytes(), 16, 0x1111);
    shared::store_release<uint32_t>(regions[1].bytes(), 3U << 20U, 0x2222);
    EXPECT_EQ(word_at(first->address() + 16_B), 0x1111U);
    EXPECT_EQ(word_at(second->address() + 3_MiB), 0x2222U);
    const Iova before = first->address();
    {
      const auto ended = *std::move(first);
    }
    EXPECT_NE(word_at(before + 16_B), 0x1111U);
  }
}

TEST_F(QtestFunction, ForwardsDoorbellsBeforeTheNextAccess) {
  constexpr uint64_t rx_tail = 0x2818;
  auto pages = function_->map_bar(RegionId::bar0, Bytes{rx_tail}, 4_B);
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->offset, Bytes{0x2000});
  const regs::Doorbell tail{pages->pages.bytes(), rx_tail - 0x2000};
  for (const uint32_t value : {1U, 0U, 511U}) {
    tail.ring(value);
    EXPECT_EQ(function_->read32(RegionId::bar0, rx_tail), value);
  }
}

TEST_F(QtestFunction, SignalsInterrupts) {
  ASSERT_EQ(function_->interrupt_count(bus::InterruptKind::msix), 5U);
  const OwnedFd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  ASSERT_TRUE(function_->set_bus_master(true));
  ASSERT_TRUE(function_->set_interrupts(bus::InterruptKind::msix, 3, std::array{event.get()}));
  // Vector 3 for the cause "other" in IVAR, which is then enabled (IMS) and set (ICS).
  ASSERT_TRUE(function_->write32(RegionId::bar0, 0x00E4, 0b1011U << 16U));
  ASSERT_TRUE(function_->write32(RegionId::bar0, 0x00D0, 1U << 24U));
  ASSERT_TRUE(function_->write32(RegionId::bar0, 0x00C8, 1U << 24U));
  pollfd readable{.fd = event.get(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&readable, 1, 5000), 1);
}

TEST_F(QtestFunction, IsGoneWhenItIsKilled) {
  EXPECT_TRUE(function_->check_alive());
  function_->kill();
  EXPECT_EQ(function_->check_alive().error().code, ErrorCode::device_gone);
}

}  // namespace
}  // namespace bulkhead::qtest
