#include "bulkhead/bus/vfio_user/protocol_names.hpp"

#include <gtest/gtest.h>

namespace bulkhead::vfio_user {
namespace {

TEST(ProtocolNames, AreTheSpecifications) {
  EXPECT_EQ(command_name(Command::version), "VERSION");
  EXPECT_EQ(command_name(Command::device_get_region_io_fds), "DEVICE_GET_REGION_IO_FDS");
  EXPECT_EQ(command_name(Command::mig_data_write), "MIG_DATA_WRITE");
}

TEST(ProtocolNames, WhatIsUnknownHasItsNumber) {
  EXPECT_EQ(command_name(static_cast<Command>(14)), "command 14");
  EXPECT_EQ(command_name(static_cast<Command>(65535)), "command 65535");
}

}  // namespace
}  // namespace bulkhead::vfio_user
