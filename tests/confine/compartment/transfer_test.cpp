#include "bulkhead/confine/compartment/transfer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkhead/bus/vfio_user/socket_io.hpp"
#include "bulkhead/confine/compartment/message.hpp"

#include "tests/confine/compartment/jobs.hpp"

namespace bulkhead::confine {
namespace {

using std::chrono::milliseconds;

class Transfer : public ::testing::Test {
 protected:
  Transfer() {
    auto ends = make_channel();
    EXPECT_TRUE(ends);
    broker_ = std::move(ends->first);
    worker_ = std::move(ends->second);
  }
  static Deadline soon() { return Deadline::after(milliseconds{50}); }
  void send(std::span<const std::byte> message, std::span<const int> fds = {}) const {
    EXPECT_EQ(vfio_user::send_some(broker_.get(), message, {}, fds), message.size());
  }

  OwnedFd broker_;
  OwnedFd worker_;
};

TEST_F(Transfer, AJobArrivesWithAllOfItsDescriptorsInOrder) {
  std::vector<OwnedFd> files;
  std::vector<int> numbers;
  for (int i = 0; i < 40; ++i) {
    files.emplace_back(::memfd_create("descriptor", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(files.back().get(), 1000 + i), 0);
    numbers.push_back(files.back().get());
  }
  ASSERT_TRUE(send_job(broker_.get(), a_job(), numbers));
  const auto received = receive_job(worker_.get(), soon());
  ASSERT_TRUE(received) << received.error().message();
  ASSERT_EQ(received->descriptors.size(), 40U);
  for (int i = 0; i < 40; ++i) {
    struct stat status{};
    ASSERT_EQ(::fstat(received->descriptors[static_cast<size_t>(i)].get(), &status), 0);
    EXPECT_EQ(status.st_size, 1000 + i);
  }
}

TEST_F(Transfer, NoJobInTimeIsATimeout) {
  const auto received = receive_job(worker_.get(), soon());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::timeout);
}

TEST_F(Transfer, ABrokerThatHasGoneIsSaidSo) {
  broker_.reset();
  const auto received = receive_job(worker_.get(), soon());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::device_gone);
}

TEST_F(Transfer, FewerDescriptorsThanAnnouncedAreRefused) {
  const std::vector<int> one{worker_.get()};
  send(encode(a_job(), descriptors_of_a_job));
  send(encode_descriptors(2), one);
  const auto received = receive_job(worker_.get(), soon());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::protocol);
}

TEST_F(Transfer, MoreDescriptorsThanTheJobHasAreRefused) {
  const std::vector<int> eleven(descriptors_of_a_job + 1, worker_.get());
  send(encode(a_job(), descriptors_of_a_job));
  send(encode_descriptors(descriptors_of_a_job + 1), eleven);
  const auto received = receive_job(worker_.get(), soon());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::protocol);
}

TEST_F(Transfer, DescriptorsWithTheJobItselfAreRefused) {
  send(encode(a_job(), descriptors_of_a_job), std::vector<int>{worker_.get()});
  EXPECT_FALSE(receive_job(worker_.get(), soon()));
}

TEST_F(Transfer, WhatAWorkerSaysBeforeItEndsArrives) {
  send_failure(worker_.get(), {ErrorCode::io, "no page", "more pages"});
  worker_.reset();
  const auto word = received_word(broker_.get());
  ASSERT_TRUE(word);
  ASSERT_FALSE(*word);
  EXPECT_EQ(word->error().message(), "no page (more pages)");
}

TEST_F(Transfer, AWorkerSaysThatItIsReadyAndWhatItLacks) {
  send_ready(worker_.get(), "landlock (too old a kernel)");
  send_ready(worker_.get(), {});
  for (const std::string lacks : {"landlock (too old a kernel)", ""}) {
    const auto word = received_word(broker_.get());
    ASSERT_TRUE(word && *word);
    EXPECT_EQ(**word, lacks);
  }
  EXPECT_FALSE(received_word(broker_.get()));
}

TEST_F(Transfer, AWorkerThatSaidNothingOrNonsenseHasSaidNothing) {
  EXPECT_FALSE(received_word(broker_.get()));
  EXPECT_TRUE(vfio_user::send_some(worker_.get(), encode_descriptors(1), {}, {}));
  EXPECT_FALSE(received_word(broker_.get()));
  worker_.reset();
  EXPECT_FALSE(received_word(broker_.get()));
}

}  // namespace
}  // namespace bulkhead::confine
