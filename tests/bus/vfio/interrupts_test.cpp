#include "bulkhead/bus/vfio/interrupts.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace bulkhead::vfio {
namespace {

constexpr auto msix = bus::InterruptKind::msix;

/// What the kernel is asked: the first interrupt, and for each whether it is connected.
struct Request {
  uint32_t first;
  std::vector<bool> connected;
  friend bool operator==(const Request&, const Request&) = default;
};
const Request off{.first = 0, .connected = {}};

class VfioInterrupts : public testing::Test {
 protected:
  Result<> connect(uint32_t first, const std::vector<int>& eventfds) {
    return interrupts.connect(
        msix, first, eventfds,
        [this](bus::InterruptKind, uint32_t from, std::span<const int> fds) -> Result<> {
          Request request{.first = from, .connected = {}};
          for (const int fd : fds) {
            EXPECT_TRUE(fd < 0 || ::eventfd_write(fd, 1) == 0) << "a closed eventfd";
            request.connected.push_back(fd >= 0);
          }
          requests.push_back(request);
          if (requests.size() == failing) return fail(ErrorCode::io, "refused");
          return {};
        });
  }
  [[nodiscard]] int event() const { return eventfd.get(); }

  OwnedFd eventfd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Interrupts interrupts;
  std::vector<Request> requests;
  size_t failing = 0;
};

TEST_F(VfioInterrupts, TheFirstCallEnablesFrom0) {
  ASSERT_TRUE(connect(1, {event(), event()}));
  EXPECT_EQ(requests, (std::vector<Request>{{0, {false, true, true}}}));
}

TEST_F(VfioInterrupts, WithinTheRangeOnlyWhatChangesIsSet) {
  ASSERT_TRUE(connect(0, {event(), event(), event()}));
  ASSERT_TRUE(connect(1, {-1}));
  EXPECT_EQ(requests.back(), (Request{1, {false}}));
}

TEST_F(VfioInterrupts, BeyondItAllAreSetAgain) {
  ASSERT_TRUE(connect(0, {event()}));
  ASSERT_TRUE(connect(2, {event()}));
  EXPECT_EQ(requests, (std::vector<Request>{{0, {true}}, off, {0, {true, false, true}}}));
}

TEST_F(VfioInterrupts, TheCallerMayCloseItsEventfds) {
  {
    const OwnedFd short_lived{::eventfd(0, EFD_CLOEXEC)};
    ASSERT_TRUE(connect(0, {short_lived.get()}));
  }
  ASSERT_TRUE(connect(1, {event()}));
  EXPECT_EQ(requests.back(), (Request{0, {true, true}}));
}

TEST_F(VfioInterrupts, WhenTheLastOneGoesTheKindIsSwitchedOff) {
  ASSERT_TRUE(connect(0, {event(), event()}));
  ASSERT_TRUE(connect(0, {-1}));
  ASSERT_TRUE(connect(1, {-1}));
  EXPECT_EQ(requests.back(), off);
  const size_t before = requests.size();
  ASSERT_TRUE(connect(0, {-1}));
  EXPECT_EQ(requests.size(), before);
}

TEST_F(VfioInterrupts, AfterAFailureBeyondTheRangeNothingIsConnected) {
  ASSERT_TRUE(connect(0, {event()}));
  failing = 3;
  ASSERT_FALSE(connect(1, {event()}));
  ASSERT_TRUE(connect(1, {event()}));
  EXPECT_EQ(requests.back(), (Request{0, {false, true}}));
}

TEST_F(VfioInterrupts, ARefusalWithinTheRangeChangesNothing) {
  ASSERT_TRUE(connect(0, {event(), event()}));
  failing = 2;
  ASSERT_FALSE(connect(0, {-1}));
  ASSERT_TRUE(connect(2, {event()}));
  EXPECT_EQ(requests.back(), (Request{0, {true, true, true}}));
}

}  // namespace
}  // namespace bulkhead::vfio
