#include "bulkhead/memory/huge_pages.hpp"

#include <gtest/gtest.h>

namespace bulkhead::memory {
namespace {

TEST(HugePagesCommand, AddsToThoseThatThereAre) {
  EXPECT_EQ(
      command_for_huge_pages(7),
      "echo $(( $(cat /proc/sys/vm/nr_hugepages) + 7 )) | sudo tee /proc/sys/vm/nr_hugepages");
}

}  // namespace
}  // namespace bulkhead::memory
