#include "bulkhead/bus/vhost_user/request_names.hpp"

#include <set>

#include <gtest/gtest.h>

namespace bulkhead::vhost_user {
namespace {

TEST(VhostRequestNames, EveryRequestHasItsOwn) {
  std::set<std::string_view> names;
  for (const uint32_t number : {1U, 2U, 3U, 5U, 8U, 9U, 10U, 11U, 12U, 13U, 15U, 16U, 18U})
    names.insert(request_name(static_cast<Request>(number)));
  EXPECT_EQ(names.size(), 13U);
  EXPECT_EQ(request_name(Request::set_mem_table), "SET_MEM_TABLE");
}

TEST(VhostRequestNames, ANumberWithoutAMeaningHasNone) {
  EXPECT_EQ(request_name(static_cast<Request>(99)), "a message of no known number");
}

}  // namespace
}  // namespace bulkhead::vhost_user
