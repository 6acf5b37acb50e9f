// Messages to back ends that are odd, hostile, or die.
#include "bulkhead/bus/vhost_user/connection.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/bus/vhost_user/fake_back_end.hpp"

namespace bulkhead::vhost_user {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience{10'000};

bool says(const Error& error, std::string_view words) {
  return error.message().find(words) != std::string::npos;
}

/// The error of a question to a back end whose answer is twisted; the next one must be the same.
Error refused(const std::function<void(Answer&)>& twist, milliseconds limit = patience) {
  FakeBackEnd back_end{FakeBackEnd::version_1,
                       [&](const Message&, Answer& answer) { twist(answer); }};
  Connection connection{back_end.take_front_end(), "test", limit};
  const auto first = connection.ask<uint64_t>(Request::get_features);
  EXPECT_FALSE(first);
  const auto second = connection.ask<uint64_t>(Request::get_features);
  EXPECT_FALSE(second);
  EXPECT_EQ(second.error().message(), first.error().message());
  EXPECT_EQ(connection.fd(), -1) << "it is closed";
  return first.error();
}

TEST(VhostConnection, AQuestionIsAnswered) {
  FakeBackEnd back_end{0x55};
  Connection connection{back_end.take_front_end(), "test", patience};
  EXPECT_EQ(*connection.ask<uint64_t>(Request::get_features), 0x55 | feature_protocol_features);
  EXPECT_TRUE(connection.tell(Request::set_owner, {}));
  EXPECT_TRUE(connection.check_alive());
}

TEST(VhostConnection, ARefusalSaysOfWhatAndTheConnectionGoesOn) {
  FakeBackEnd back_end{0, [](const Message& message, Answer& answer) {
                         if (message.request == Request::set_owner)
                           answer.payload = vfio_user::payload_of(uint64_t{1});
                       }};
  Connection connection{back_end.take_front_end(), "test", patience};
  const auto result = connection.tell(Request::set_owner, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unsupported);
  EXPECT_TRUE(says(result.error(), "test: SET_OWNER: the back end refused"));
  EXPECT_TRUE(connection.ask<uint64_t>(Request::get_features));
}

TEST(VhostConnection, AReplyToAnotherRequestIsAProtocolError) {
  const auto error =
      refused([](Answer& answer) { answer.header.request = Request::get_vring_base; });
  EXPECT_EQ(error.code, ErrorCode::protocol);
  EXPECT_TRUE(says(error, "test: GET_FEATURES: the reply is to GET_VRING_BASE"));
}

TEST(VhostConnection, AMessageThatIsNoReplyOfThisVersionIsAProtocolError) {
  for (const uint32_t flags : {version, flag_reply, flag_reply | 2U})
    EXPECT_EQ(refused([flags](Answer& answer) { answer.header.flags = flags; }).code,
              ErrorCode::protocol)
        << flags;
}

TEST(VhostConnection, AReplyOfAnotherLengthIsAProtocolError) {
  for (const uint32_t size : {1U, 7U, 9U, ~0U})
    EXPECT_TRUE(
        says(refused([size](Answer& answer) { answer.header.size = size; }), "bytes instead of 8"))
        << size;
}

TEST(VhostConnection, ASilentBackEndIsATimeout) {
  const auto error = refused([](Answer& answer) { answer.silent = true; }, milliseconds{50});
  EXPECT_EQ(error.code, ErrorCode::timeout);
  EXPECT_TRUE(says(error, "no reply within 50 ms"));
}

TEST(VhostConnection, ABackEndThatHangsUpIsGone) {
  const auto error = refused([](Answer& answer) { answer.hang_up = true; });
  EXPECT_EQ(error.code, ErrorCode::device_gone);
  EXPECT_TRUE(says(error, "the back end has gone"));
}

TEST(VhostConnection, RandomBytesInsteadOfAReplyEndTheConnection) {
  std::mt19937 random{1};
  for (int round = 0; round < 200; ++round) {
    std::vector<std::byte> bytes(20 + random() % 200);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    // Seldom enough a reply's first bytes, so that what follows them is looked at too.
    if (round % 2 == 0)
      std::ranges::copy(to_bytes(Header{Request::get_features, 5, 9}), bytes.begin());
    EXPECT_EQ(refused([&](Answer& answer) { answer.instead = bytes; }).code, ErrorCode::protocol);
  }
}

TEST(VhostConnection, TheBackEndsEndIsNoticedWithoutAsking) {
  FakeBackEnd back_end;
  Connection connection{back_end.take_front_end(), "test", patience};
  EXPECT_TRUE(connection.check_alive());
  back_end.hang_up();
  EXPECT_EQ(connection.check_alive().error().code, ErrorCode::device_gone);
  EXPECT_EQ(connection.check_alive().error().code, ErrorCode::device_gone);
}

TEST(VhostConnection, AReplyToWhatNobodyAskedIsAProtocolError) {
  auto [mine, theirs] = vfio_user::socket_pair();
  Connection connection{std::move(theirs), "test", patience};
  ASSERT_TRUE(vfio_user::send_raw(mine.get(), vfio_user::payload_of(uint64_t{0})));
  EXPECT_EQ(connection.check_alive().error().code, ErrorCode::protocol);
}

}  // namespace
}  // namespace bulkhead::vhost_user
