#include "bulkhead/queue/device_value.hpp"

#include <gtest/gtest.h>

#include "bulkhead/queue/pool.hpp"

namespace bulkhead::queue {
namespace {

TEST(DeviceValue, ComesOutOnlyWithinItsBound) {
  EXPECT_EQ(DeviceValue<uint32_t>{1518}.at_most(2048), 1518U);
  EXPECT_EQ(DeviceValue<uint32_t>{2048}.at_most(2048), 2048U);
  EXPECT_FALSE(DeviceValue<uint32_t>{2049}.at_most(2048));
  EXPECT_FALSE(DeviceValue<uint32_t>{0}.between(1, 10));
  uint32_t checked = 7;
  EXPECT_FALSE(DeviceValue<uint32_t>{0}.between(1, 10, checked));
  EXPECT_FALSE(DeviceValue<uint32_t>{11}.between(1, 10, checked));
  EXPECT_EQ(checked, 7U);
  EXPECT_TRUE(DeviceValue<uint32_t>{10}.between(1, 10, checked));
  EXPECT_EQ(checked, 10U);
  EXPECT_EQ(DeviceValue<uint32_t>{511}.in_ring<512>(), Index<512>::wrap(511));
  EXPECT_FALSE(DeviceValue<uint32_t>{512}.in_ring<512>());
}

TEST(DeviceValue, ALengthThatNoFrameInABufferHasMakesNoHandle) {
  auto pool = Pool::create({.buffers = 1, .buffer_size = 2_KiB});
  ASSERT_TRUE(pool);
  EXPECT_TRUE((*pool)->buffers().handle(Slot{0}, DeviceValue<uint32_t>{2048}));
  EXPECT_FALSE((*pool)->buffers().handle(Slot{0}, DeviceValue<uint32_t>{2049}));
  EXPECT_TRUE((*pool)->buffers().handle(Slot{0}, DeviceValue<uint32_t>{14}));
  for (const uint32_t no_frame : {0U, 1U, 13U})
    EXPECT_FALSE((*pool)->buffers().handle(Slot{0}, DeviceValue<uint32_t>{no_frame}));
  EXPECT_FALSE((*pool)->buffers().handle(Slot{0}, DeviceValue<uint32_t>{~0U}));
}

}  // namespace
}  // namespace bulkhead::queue
