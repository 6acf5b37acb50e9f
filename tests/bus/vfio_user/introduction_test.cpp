// What a server may not say about itself and its device.
#include <cerrno>

#include <gtest/gtest.h>

#include "bulkhead/bus/vfio_user/client.hpp"

#include "tests/bus/vfio_user/introduce.hpp"
#include "tests/bus/vfio_user/scripted_server.hpp"
#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {
namespace {

TEST(Introduction, AnotherMajorVersionIsNamedWithOurs) {
  const auto error =
      refused(Command::version, [](Answer& answer) { answer.payload = payload_of(Version{3, 2}); });
  EXPECT_EQ(error.code, ErrorCode::unsupported);
  EXPECT_TRUE(contains(error, "vfio-user 3.2") && contains(error, "0.1")) << error.message();
}

TEST(Introduction, ARefusedVersionNamesOurs) {
  const auto error = refused(Command::version, [](Answer& answer) {
    answer.header.flags |= flag_error;
    answer.header.error = EPROTONOSUPPORT;
  });
  EXPECT_TRUE(contains(error, "VERSION") && contains(error, "0.1")) << error.message();
}

TEST(Introduction, ABrokenVersionIsAProtocolError) {
  for (const size_t size : {0U, 3U, 5U}) {
    const auto error =
        refused(Command::version, [size](Answer& answer) { answer.payload.resize(size); });
    EXPECT_EQ(error.code, ErrorCode::protocol) << size << error.message();
  }
}

TEST(Introduction, ShortRepliesAreProtocolErrors) {
  for (const Command command :
       {Command::device_get_info, Command::device_get_region_info, Command::device_get_irq_info}) {
    for (const size_t size : {0U, 1U, 15U}) {
      const auto error = refused(command, [size](Answer& answer) { answer.payload.resize(size); });
      EXPECT_EQ(error.code, ErrorCode::protocol) << error.message();
    }
  }
}

TEST(Introduction, WhatIsNoPciDeviceIsRefused) {
  EXPECT_EQ(refused(Command::device_get_info,
                    [](Answer& answer) { answer.payload = payload_of(DeviceInfo{16, 1, 9, 5}); })
                .code,
            ErrorCode::unsupported);
  EXPECT_EQ(refused(Command::device_get_info,
                    [](Answer& answer) { answer.payload = payload_of(DeviceInfo{16, 2, 3, 5}); })
                .code,
            ErrorCode::protocol);
}

TEST(Introduction, ARegionOfImpossibleSizeIsAProtocolError) {
  const auto error = refused(Command::device_get_region_info, [](Answer& answer) {
    auto info = from_bytes<RegionInfo>(answer.payload);
    info.size = ~0ULL;
    answer.payload = payload_of(info);
  });
  EXPECT_EQ(error.code, ErrorCode::protocol);
  EXPECT_TRUE(contains(error, "region 0")) << error.message();
}

TEST(Introduction, ADescriptionThatGrowsWithEachQuestionIsAProtocolError) {
  const auto error =
      refused(Command::device_get_region_info, [grown = 1024U](Answer& answer) mutable {
        auto info = from_bytes<RegionInfo>(answer.payload);
        info.argsz = grown += 32;
        answer.payload = payload_of(info);
      });
  EXPECT_EQ(error.code, ErrorCode::protocol);
}

TEST(Introduction, MoreInterruptsThanPciHasAreAProtocolError) {
  const auto error = refused(Command::device_get_irq_info, [](Answer& answer) {
    auto info = from_bytes<IrqInfo>(answer.payload);
    info.count = 1U << 30U;
    answer.payload = payload_of(info);
  });
  EXPECT_EQ(error.code, ErrorCode::protocol);
}

}  // namespace
}  // namespace bulkhead::vfio_user
