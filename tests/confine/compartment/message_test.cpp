#include "bulkhead/confine/compartment/message.hpp"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/confine/compartment/jobs.hpp"

namespace bulkhead::confine {
namespace {

TEST(Message, AJobArrivesAsItWasSent) {
  const Job job = a_job();
  const auto message = encode(job, descriptors_of_a_job);
  EXPECT_LE(message.size(), longest_message);
  const auto parsed = parse_job(message);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->descriptors, descriptors_of_a_job);
  EXPECT_EQ(encode(parsed->job, parsed->descriptors), message);
  EXPECT_EQ(parsed->job.options.batch, 64U);
  EXPECT_EQ(parsed->job.ports[1].pairs[1].plan.tx.ring, 16512U + 8192U);
}

TEST(Message, TheLargestJobFits) {
  Job job = a_job();
  job.pools.resize(JobLimits::pools, job.pools.front());
  for (auto& port : job.ports) {
    port.pages.resize(JobLimits::pages, port.pages.front());
    port.pairs.resize(JobLimits::pairs, port.pairs.front());
  }
  auto message = encode(job, JobLimits::descriptors);
  EXPECT_LE(message.size(), longest_message);
  EXPECT_TRUE(parse_job(message));
  job.work =
      NetdevWork{.longest_frame = 1518, .queues = std::vector<uint32_t>(JobLimits::pairs, 9)};
  message = encode(job, JobLimits::descriptors);
  EXPECT_LE(message.size(), longest_message);
  EXPECT_TRUE(parse_job(message));
}

TEST(Message, AJobCutShortOrLengthenedIsRefused) {
  const auto message = encode(a_job(), descriptors_of_a_job);
  for (size_t length = 0; length < message.size(); ++length)
    EXPECT_FALSE(parse_job(std::span{message}.first(length))) << length;
  auto longer = message;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(parse_job(longer));
}

TEST(Message, ANetworkInterfacesJobArrivesAsItWasSent) {
  const auto message = encode(a_netdev_job(), descriptors_of_a_netdev_job);
  const auto parsed = parse_job(message);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(encode(parsed->job, parsed->descriptors), message);
  const auto* work = std::get_if<NetdevWork>(&parsed->job.work);
  ASSERT_NE(work, nullptr);
  EXPECT_EQ(work->queues, (std::vector<uint32_t>{10, 11}));
  EXPECT_EQ(work->longest_frame, 1518U);
  for (size_t length = 0; length < message.size(); ++length)
    EXPECT_FALSE(parse_job(std::span{message}.first(length))) << length;
}

TEST(Message, AJobOfNoKnownKindIsRefused) {
  auto message = encode(a_job(), descriptors_of_a_job);
  // Behind the header and the options.
  auto& kind = message.at(16 + sizeof(JobOptions));
  ASSERT_EQ(kind, std::byte{1});
  for (const auto other : {std::byte{0}, std::byte{2}, std::byte{3}}) {
    kind = other;
    // A forwarding job's two words are no network interface's.
    EXPECT_FALSE(parse_job(message)) << std::to_integer<int>(other);
  }
}

NetdevWork interface_at(std::vector<uint32_t> queues, uint32_t longest_frame) {
  return {.longest_frame = longest_frame, .queues = std::move(queues)};
}

struct Mistake {
  const char* what;
  std::function<void(Job&)> make;
};

TEST(Message, AJobWithANumberOutOfItsRangeIsRefused) {
  const Mistake mistakes[] = {
      {"control page's descriptor", [](Job& job) { job.options.control = 10; }},
      {"signal's descriptor", [](Job& job) { job.options.wake = 10; }},
      {"batch of nothing", [](Job& job) { job.options.batch = 0; }},
      {"batch", [](Job& job) { job.options.batch = 257; }},
      {"touch", [](Job& job) { job.work = ForwardWork{.touch = 2}; }},
      {"forwarding's reserved word", [](Job& job) { job.work = ForwardWork{.reserved = 1}; }},
      {"interface's descriptor", [](Job& job) { job.work = interface_at({10}, 1518); }},
      {"its last queue's descriptor", [](Job& job) { job.work = interface_at({8, 9, 10}, 1518); }},
      {"too many of its queues",
       [](Job& job) { job.work = interface_at(std::vector<uint32_t>(65, 9), 1518); }},
      {"frame of nothing", [](Job& job) { job.work = interface_at({9}, 13); }},
      {"frame", [](Job& job) { job.work = interface_at({9}, 16385); }},
      {"confined", [](Job& job) { job.options.confined = 2; }},
      {"required layer", [](Job& job) { job.options.required = uint32_t{1} << 31U; }},
      {"misbehaviour", [](Job& job) { job.options.misbehaviour = Misbehaviour{9}; }},
      {"pool's descriptor", [](Job& job) { job.pools[1].descriptor = 10; }},
      {"pool's size", [](Job& job) { job.pools[0].size = 0; }},
      {"no ports", [](Job& job) { job.ports.clear(); }},
      {"three ports", [](Job& job) { job.ports.push_back(job.ports[0]); }},
      {"rings' descriptor", [](Job& job) { job.ports[0].rings = 10; }},
      {"rings' size", [](Job& job) { job.ports[0].rings_size = ~uint64_t{0}; }},
      {"page's descriptor", [](Job& job) { job.ports[0].pages[0].descriptor = 10; }},
      {"page's place", [](Job& job) { job.ports[0].pages[0].file_offset = 100; }},
      {"page's length", [](Job& job) { job.ports[0].pages[0].length = 1U << 20U; }},
      {"too many pages", [](Job& job) { job.ports[0].pages.resize(65, job.ports[0].pages[0]); }},
      {"too many pairs", [](Job& job) { job.ports[0].pairs.resize(65, job.ports[0].pairs[0]); }},
      {"pair's pool", [](Job& job) { job.ports[0].pairs[0].pool = 2; }},
      {"pair's family",
       [](Job& job) { job.ports[0].pairs[0].plan.family = driver::QueueFamily{99}; }},
      {"pair's ring", [](Job& job) { job.ports[1].pairs[0].plan.rx.ring = 2U << 20U; }},
      {"pair's ring, not aligned", [](Job& job) { job.ports[1].pairs[0].plan.rx.ring = 64; }},
      {"pair's head", [](Job& job) { job.ports[1].pairs[0].plan.tx_head = ~uint64_t{3}; }},
      {"pair's page", [](Job& job) { job.ports[1].pairs[1].plan.tx.page = 2; }},
      {"pair's doorbell", [](Job& job) { job.ports[1].pairs[1].plan.tx.doorbell = 4096; }},
      {"pair's event",
       [](Job& job) {
         job.ports[0].pairs[0].plan.has_event = 1;
         job.ports[0].pairs[0].event = 10;
       }},
  };
  for (const auto& mistake : mistakes) {
    Job job = a_job();
    mistake.make(job);
    const auto parsed = parse_job(encode(job, descriptors_of_a_job));
    ASSERT_FALSE(parsed) << mistake.what;
    EXPECT_EQ(parsed.error().code, ErrorCode::protocol) << mistake.what;
  }
}

TEST(Message, DescriptorsAreAnnouncedAFewAtATime) {
  EXPECT_EQ(parse_descriptors(encode_descriptors(16)), 16U);
  EXPECT_FALSE(parse_descriptors(encode_descriptors(0)));
  EXPECT_FALSE(parse_descriptors(encode_descriptors(17)));
  EXPECT_FALSE(parse_descriptors(encode(a_job(), 1)));
}

TEST(Message, AFailureArrivesAsTextForATerminal) {
  const auto message = encode(Error{ErrorCode::no_memory, "mmap\x1b[2J failed\n", "add memory"});
  const auto parsed = parse_failure(message);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->code, ErrorCode::no_memory);
  EXPECT_EQ(parsed->what, "mmap?[2J failed?");
  EXPECT_EQ(parsed->remedy, "add memory");
  for (size_t length = 0; length < message.size(); ++length)
    EXPECT_FALSE(parse_failure(std::span{message}.first(length))) << length;
}

TEST(Message, WhatAReadyWorkerLacksArrivesAsTextForATerminal) {
  const auto message = encode_ready("landlock (\x1b[2Jtoo old)");
  EXPECT_EQ(*parse_ready(message), "landlock (?[2Jtoo old)");
  for (size_t length = 0; length < message.size(); ++length)
    EXPECT_FALSE(parse_ready(std::span{message}.first(length))) << length;
  EXPECT_EQ(parse_ready(encode_ready(std::string(5000, 'x')))->size(), longest_text);
  EXPECT_FALSE(parse_ready(encode(Error{ErrorCode::io, "no page", {}})));
}

TEST(Message, ALongFailureIsCutOff) {
  const auto parsed = parse_failure(encode(Error{ErrorCode::io, std::string(5000, 'x'), {}}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->what.size(), longest_text);
}

TEST(Message, AFailureOfNoKnownCodeIsRefused) {
  EXPECT_FALSE(parse_failure(encode(Error{ErrorCode{99}, "what", {}})));
}

}  // namespace
}  // namespace bulkhead::confine
