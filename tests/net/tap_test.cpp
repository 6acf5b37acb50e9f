// What can be had without a driver. What an interface does is tested with whole programs:
// tests/system/netdev_test.py.
#include "bulkhead/net/tap.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/net/tap_queues.hpp"

#include "tests/net/in_network_namespace.hpp"

namespace bulkhead::net {
namespace {

TEST(Tap, RefusesWhatCannotBeAName) {
  for (const std::string name :
       {"", "sixteencharacter", "a/b", "a b", "a:1", "tap%d", ".", "..", "a\n", "\xC3\xA4"}) {
    const auto tap = Tap::open(name);
    ASSERT_FALSE(tap) << name;
    EXPECT_EQ(tap.error().code, ErrorCode::invalid_argument) << name;
    EXPECT_TRUE(tap.error().what.ends_with("cannot be the name of a network interface")) << name;
  }
}

TEST(Tap, RefusesANumberOfQueuesThatCannotBe) {
  for (const uint32_t queues : {0U, Tap::most_queues + 1}) {
    const auto tap = Tap::open("bhtest", queues);
    ASSERT_FALSE(tap) << queues;
    EXPECT_EQ(tap.error().code, ErrorCode::invalid_argument) << queues;
  }
}

/// "yes", or why not.
std::string opened(uint32_t queues) {
  const auto tap = Tap::open("bhtest", queues);
  return tap ? "yes" : tap.error().message();
}

TEST(Tap, HasSoManyQueuesUntilItIsDestroyed) {
  expect_in_network_namespace("3 queues, then none", [] {
    std::string said;
    {
      const auto tap = Tap::open("bhtest", 3);
      if (!tap) return tap.error().message();
      if (tap->queues().size() != 3) return std::string{"not three descriptors"};
      said = std::to_string(tap_queues("bhtest").value_or(0)) + " queues";
    }
    return said + (tap_queues("bhtest") ? ", then some" : ", then none");
  });
}

TEST(Tap, SomebodyElsesInterfaceWithSeveralQueuesIsNotShared) {
  expect_in_network_namespace("no, no, as it was", [] {
    const auto first = Tap::open("bhtest", 2);
    if (!first) return first.error().message();
    std::string said;
    for (const uint32_t queues : {1U, 2U}) {
      const auto words = opened(queues);
      const bool refused = words.find(queues == 1 ? "is no TAP interface with one queue"
                                                  : "another program has it") != words.npos;
      said += refused ? "no, " : words;
    }
    return said + (tap_queues("bhtest") == 2U ? "as it was" : "changed");
  });
}

/// One that stays, with several queues or one.
std::string make_persistent(bool several) {
  const OwnedFd tun{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
  ifreq request{};
  std::ranges::copy(std::string_view{"bhtest"}, std::begin(request.ifr_name));
  request.ifr_flags = static_cast<short>(IFF_TAP | (several ? IFF_MULTI_QUEUE : 0));
  const bool made =
      ::ioctl(tun.get(), TUNSETIFF, &request) == 0 && ::ioctl(tun.get(), TUNSETPERSIST, 1) == 0;
  return made ? "" : "no persistent interface";
}

TEST(Tap, APersistentInterfaceWithSeveralQueuesIsTakenAgainAndAgainForSeveral) {
  expect_in_network_namespace("yes yes", [] {
    if (auto why = make_persistent(true); !why.empty()) return why;
    auto once = opened(2);
    return once + " " + opened(4);
  });
}

TEST(Tap, APersistentInterfaceThatWasMadeForOneQueueSaysHowToMakeOneForSeveral) {
  expect_in_network_namespace("it says so, yes", [] {
    if (auto why = make_persistent(false); !why.empty()) return why;
    const auto words = opened(2);
    const bool says = words.find("is no TAP interface with several queues") != words.npos &&
                      words.find("ip tuntap add dev bhtest mode tap multi_queue") != words.npos;
    return (says ? "it says so, " : words) + opened(1);
  });
}

}  // namespace
}  // namespace bulkhead::net
