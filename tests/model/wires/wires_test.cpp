// Names of wires, and the wires that are short: link, reflect, tap.
#include <functional>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/bus/vfio_user/socket.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include "model/listener.hpp"
#include "model/wire.hpp"
#include "model/wires/reflect.hpp"

#include "tests/model/wires/scratch.hpp"

namespace bulkhead::model {
namespace {

using test::frame;
using test::Frame;
using test::Scratch;

Frame take(Wire& wire) {
  const auto offered = wire.peek();
  Frame copy(offered.begin(), offered.end());
  if (!copy.empty()) wire.consume();
  return copy;
}

TEST(OpenWire, ErrorsListTheForms) {
  for (const auto* name :
       {"", "tap", "tap:", "pcap:", "pcap:in,", "generate:", "generate:63", "generate:9729",
        "generate:64@", "generate:64@0", "generate:64@-1", "generate:64@1x", "generate:x",
        "generate:99999999999999999999", "link:", "reflect:x", "ethernet:eth0"}) {
    const auto wire = open_wire(name);
    ASSERT_FALSE(wire) << name;
    EXPECT_EQ(wire.error().code, ErrorCode::invalid_argument) << name;
    EXPECT_NE(wire.error().remedy.find("generate:SIZE[@RATE"), std::string::npos) << name;
  }
  EXPECT_TRUE(open_wire("generate:64"));
  EXPECT_TRUE(open_wire("generate:9728@10k"));
  EXPECT_TRUE(open_wire("generate:1518@1M"));
  EXPECT_TRUE(open_wire("reflect"));
}

TEST(Reflect, SendsFramesBackAsTheyCameUpToItsRoom) {
  Reflect wire;
  EXPECT_TRUE(take(wire).empty());
  for (unsigned i = 0; i < Reflect::slots; ++i) EXPECT_TRUE(wire.transmit(frame(60 + i, i)));
  EXPECT_FALSE(wire.transmit(frame(60, 0)));
  for (unsigned i = 0; i < Reflect::slots; ++i) EXPECT_EQ(take(wire), frame(60 + i, i));
  EXPECT_TRUE(wire.transmit(frame(60, 0)));
}

TEST(Link, ConnectsTwoAndSurvivesTheDeathOfEither) {
  const Scratch scratch;
  const auto name = "link:" + scratch.file("s");
  auto first = open_wire(name);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_FALSE((*first)->link_up());
  EXPECT_FALSE((*first)->transmit(frame(60, 1)));
  auto second = open_wire(name);
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_TRUE((*first)->link_up());
  EXPECT_TRUE((*second)->link_up());
  EXPECT_TRUE((*first)->transmit(frame(60, 1)));
  EXPECT_TRUE((*second)->transmit(frame(9000, 2)));
  EXPECT_EQ(take(**second), frame(60, 1));
  EXPECT_EQ(take(**first), frame(9000, 2));

  second->reset();  // the one that had connected
  EXPECT_TRUE(take(**first).empty());
  EXPECT_FALSE((*first)->link_up());
  second = open_wire(name);
  ASSERT_TRUE(second);
  EXPECT_TRUE((*first)->link_up());

  first->reset();  // the one that had listened
  EXPECT_TRUE(take(**second).empty());
  EXPECT_FALSE((*second)->link_up()) << "it listens now";
  first = open_wire(name);
  ASSERT_TRUE(first);
  EXPECT_TRUE((*second)->link_up());
  EXPECT_TRUE((*first)->transmit(frame(60, 3)));
  EXPECT_EQ(take(**second), frame(60, 3));
}

TEST(Link, TurnsAThirdAway) {
  const Scratch scratch;
  const auto name = "link:" + scratch.file("s");
  auto first = open_wire(name);
  auto second = open_wire(name);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE((*second)->link_up()) << "nobody has taken it yet";
  EXPECT_TRUE((*first)->link_up());
  EXPECT_TRUE((*second)->link_up());

  auto third = open_wire(name);
  ASSERT_TRUE(third);
  EXPECT_FALSE((*third)->link_up());
  EXPECT_FALSE((*third)->transmit(frame(60, 9)));
  EXPECT_NE((*third)->wake_fd(), -1) << "it waits for the listener's answer";
  EXPECT_TRUE((*first)->link_up());
  EXPECT_FALSE((*third)->link_up());
  EXPECT_EQ((*third)->wake_fd(), -1) << "its connection was closed";
  EXPECT_NE((*first)->report().find("\"turned_away\":1"), std::string::npos);
  EXPECT_NE((*third)->report().find("\"turned_away\":1"), std::string::npos);

  EXPECT_TRUE((*second)->transmit(frame(60, 1)));
  EXPECT_EQ(take(**first), frame(60, 1));
  EXPECT_TRUE(take(**first).empty());
}

TEST(Link, ASuccessorIsNotTurnedAwayForItsDeadPredecessor) {
  const Scratch scratch;
  const auto name = "link:" + scratch.file("s");
  auto first = open_wire(name);
  auto second = open_wire(name);
  ASSERT_TRUE(first && second);
  ASSERT_TRUE((*first)->link_up());
  second->reset();
  second = open_wire(name);
  ASSERT_TRUE(second);
  EXPECT_TRUE((*first)->link_up()) << "it has not noticed the death yet";
  EXPECT_TRUE(take(**first).empty());
  EXPECT_TRUE((*first)->link_up());
  EXPECT_TRUE((*second)->link_up());
}

TEST(Link, IsBoundedAndLosesNothing) {
  const Scratch scratch;
  auto first = open_wire("link:" + scratch.file("s"));
  auto second = open_wire("link:" + scratch.file("s"));
  ASSERT_TRUE(first && second);
  ASSERT_TRUE((*first)->link_up());
  unsigned sent = 0;
  while (sent < 100'000 && (*first)->transmit(frame(1000, sent % 251))) ++sent;
  EXPECT_LT(sent, 100'000U);
  for (unsigned i = 0; i < sent; ++i) ASSERT_EQ(take(**second), frame(1000, i % 251));
  EXPECT_TRUE(take(**second).empty());
  EXPECT_TRUE((*first)->transmit(frame(60, 0)));
}

TEST(Link, AFileThatIsNoSocketIsLeftAlone) {
  const Scratch scratch;
  test::spill(scratch.file("precious"), "precious");
  const auto wire = open_wire("link:" + scratch.file("precious"));
  ASSERT_FALSE(wire);
  EXPECT_EQ(wire.error().code, ErrorCode::io);
  EXPECT_NE(wire.error().what.find("is not a socket"), std::string::npos) << wire.error().what;
  EXPECT_EQ(test::slurp(scratch.file("precious")), "precious");
}

TEST(Link, ASocketThatADeadListenerLeftIsReplaced) {
  const Scratch scratch;
  {
    const auto dead = vfio_user::new_socket(vfio_user::SocketKind::packets);
    ASSERT_EQ(vfio_user::bind_to(dead->get(), scratch.file("s")), 0);
  }
  auto first = open_wire("link:" + scratch.file("s"));
  ASSERT_TRUE(first) << first.error().message();
  auto second = open_wire("link:" + scratch.file("s"));
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_TRUE((*first)->link_up());
}

TEST(Link, AServerOfAnotherKindIsNotReplaced) {
  const Scratch scratch;
  const auto server = Listener::listen(scratch.file("s"));
  ASSERT_TRUE(server);
  EXPECT_FALSE(open_wire("link:" + scratch.file("s")));
  EXPECT_TRUE(
      vfio_user::connect_socket(scratch.file("s"), Deadline::after(std::chrono::seconds{5})));
}

TEST(Link, AnothersFileInItsPlaceIsNotRemoved) {
  const Scratch scratch;
  {
    const auto wire = open_wire("link:" + scratch.file("s"));
    ASSERT_TRUE(wire);
    std::filesystem::remove(scratch.file("s"));
    test::spill(scratch.file("s"), "another");
  }
  EXPECT_EQ(test::slurp(scratch.file("s")), "another");
}

TEST(Link, PathsThatCannotBeSockets) {
  EXPECT_EQ(open_wire("link:" + std::string(200, 'x')).error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(open_wire("link:/no/such/folder/s"));
  const Scratch scratch;
  const auto longest =
      scratch.file(std::string(vfio_user::longest_socket_path() - scratch.file("").size(), 'x'));
  EXPECT_TRUE(open_wire("link:" + longest));
  EXPECT_EQ(open_wire("link:" + longest + "x").error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(longest)) << "never a truncated name";
}

TEST(Tap, NamesThatCannotBeInterfaces) {
  EXPECT_EQ(open_wire("tap:a-name-that-is-too-long").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(open_wire("tap:a/b").error().code, ErrorCode::invalid_argument);
}

/// Runs in a child with its own network namespace; its exit code: 0 fine, 77 not possible here.
int with_own_network(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool own = ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    ::_exit(own && ::access("/dev/net/tun", R_OK | W_OK) == 0 ? body() : 77);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST(Tap, AnInterfaceComesUpAndTheKernelsFramesComeIn) {
  const int outcome = with_own_network([] {
    auto wire = open_wire("tap:bulkhead0");
    if (!wire) return 1;
    if (::if_nametoindex("bulkhead0") == 0) return 2;
    // IPv6 announces itself (neighbour and router solicitations) as soon as the interface is up.
    for (int i = 0; i < 300; ++i) {
      const auto offered = (*wire)->peek();
      if (!offered.empty()) return offered.size() >= 60 ? 0 : 3;
      ::usleep(10'000);
    }
    return (*wire)->transmit(frame(60, 1)) ? 0 : 4;
  });
  if (outcome == 77) GTEST_SKIP() << "no network namespace or no /dev/net/tun here";
  EXPECT_EQ(outcome, 0);
}

}  // namespace
}  // namespace bulkhead::model
