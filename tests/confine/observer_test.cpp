#include "bulkhead/confine/observer.hpp"

#include <algorithm>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "bulkhead/bus/text_files.hpp"

namespace bulkhead::confine {
namespace {

class Observing : public testing::Test {
 protected:
  /// Of this very process, which gives up nothing.
  Observation observe() {
    auto observer = Observer::create(policy_);
    EXPECT_TRUE(observer) << observer.error().message();
    const auto looked = observer->look_around();
    EXPECT_TRUE(looked) << looked.error().message();
    observer->try_files();
    return observer->observe({});
  }
  Policy policy_;
};

TEST_F(Observing, SeesWhatIsOpenAndWhetherItWasNamed) {
  const OwnedFd named{::open("/dev/null", O_RDONLY)};
  const OwnedFd other{::open("/dev/zero", O_RDONLY)};
  policy_.keep = {{.fd = named.get(), .purpose = "nothing"}};
  const auto seen = observe().descriptors;
  const auto find = [&](int fd) { return *std::ranges::find(seen, fd, &OpenDescriptor::fd); };
  EXPECT_EQ(find(named.get()).what, "/dev/null");
  EXPECT_EQ(find(named.get()).purpose, "nothing");
  EXPECT_EQ(find(other.get()).what, "/dev/zero");
  EXPECT_EQ(find(other.get()).purpose, "");
  EXPECT_EQ(seen.size(), bus::entries("/proc/self/fd").size() - 1);  // less the one that lists them
}

TEST_F(Observing, SeesTheWorldOfAProcessThatIsNotConfined) {
  const auto seen = observe();
  EXPECT_EQ(seen.uid, ::getuid());
  EXPECT_EQ(seen.root, bus::entries("/"));
  EXPECT_TRUE(seen.opens_files);
  EXPECT_TRUE(seen.dumpable);
  EXPECT_FALSE(seen.interfaces.empty());
  EXPECT_EQ(seen.capabilities.size(), 5U);
  for (const auto& space : seen.namespaces) EXPECT_FALSE(space.own) << space.kind;
}

}  // namespace
}  // namespace bulkhead::confine
