// What the interface does is tested with QEMU's device.
#include "bulkhead/driver/virtio/legacy.hpp"

#include <gtest/gtest.h>

#include "tests/driver/intel/fake_function.hpp"

namespace bulkhead::virtio {
namespace {

Result<std::unique_ptr<Transport>> open(size_t size) {
  auto function = std::make_shared<intel::FakeFunction>();
  function->size = Bytes{size};
  return LegacyTransport::open(function);
}

TEST(VirtioLegacy, ABarWithoutRoomForTheDevicesFieldsIsRefused) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{legacy::device_config}}) {
    const auto transport = open(size);
    ASSERT_FALSE(transport) << size;
    EXPECT_EQ(transport.error().code, ErrorCode::unsupported);
    EXPECT_NE(transport.error().what.find(fmt::format("BAR 0 has {} bytes", size)),
              std::string::npos);
  }
  EXPECT_TRUE(open(legacy::device_config + 1));
}

}  // namespace
}  // namespace bulkhead::virtio
