#include "model/wires/generate.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::model {
namespace {

/// What a driver at work has not taken waits for it, so that its latency is told; but not for ever.
constexpr std::chrono::seconds longest_backlog{1};
/// One that begins shall not find so much that the frames behind it wait, too.
constexpr std::chrono::milliseconds longest_backlog_at_first{10};

}  // namespace

void SequenceTracker::saw_unexpected(uint64_t sequence, Counts& counts) {
  if (sequence > next_) {
    const uint64_t gap = sequence - next_;
    counts.lost += gap;
    seen_ = gap >= 63 ? 1 : seen_ << (gap + 1) | 1U;
    next_ = sequence + 1;
    return;
  }
  const uint64_t age = next_ - 1 - sequence;
  if (age >= 64) {
    ++counts.out_of_order;
  } else if ((seen_ >> age & 1U) != 0) {
    ++counts.duplicated;
  } else {
    seen_ |= uint64_t{1} << age;
    ++counts.out_of_order;
    --counts.lost;
  }
}

Generate::Generate(uint64_t size, uint64_t rate, uint32_t stream)
    : frame_(std::clamp(size, smallest, largest) - 4, stream), stream_(stream) {
  if (rate != 0) interval_ = std::chrono::nanoseconds{std::chrono::seconds{1}} / rate;
  streams_.reserve(max_streams);
}

void Generate::set_port_address(std::span<const std::byte, 6> address) {
  frame_.set_destination(address);
}

void Generate::give_up_before(Clock::time_point time) {
  if (next_due_ >= time) return;
  const auto frames = (time - next_due_) / interval_;
  next_due_ += frames * interval_;
  if (received_ != 0) given_up_ += static_cast<uint64_t>(frames);
}

std::optional<uint64_t> Generate::due() {
  if (interval_.count() == 0) return 0;
  const auto now = Clock::now();
  if (now < next_due_) return std::nullopt;
  give_up_before(received_ != 0 ? now - longest_backlog : now - longest_backlog_at_first);
  const std::chrono::duration<double, std::nano> late = now - next_due_;
  next_due_ += interval_;
  return ticks() - static_cast<uint64_t>(late.count() * ticks_per_nanosecond(now));
}

std::span<const std::byte> Generate::peek() {
  if (ready_) return frame_.bytes();
  const auto due_at = due();
  if (!due_at) return {};
  ready_ = true;
  return frame_.make(sent_, *due_at);
}

void Generate::consume() {
  if (!ready_) return;
  ready_ = false;
  ++sent_;
}

Generate::Stream* Generate::find_stream(uint32_t id) {
  if (last_stream_ < streams_.size() && streams_[last_stream_].id == id)
    return &streams_[last_stream_];
  const auto found = std::ranges::find(streams_, id, &Stream::id);
  if (found == streams_.end()) {
    if (streams_.size() == max_streams) return nullptr;
    streams_.push_back({.id = id, .received = 0, .counts = {}, .flows = {}});
    last_stream_ = streams_.size() - 1;
    return &streams_.back();
  }
  last_stream_ = static_cast<size_t>(found - streams_.begin());
  return &*found;
}

bool Generate::transmit(std::span<const std::byte> frame) {
  const auto content = TestFrame::parse(frame);
  if (!content) {
    ++foreign_;
    return true;
  }
  if (!content->intact) {
    ++corrupted_;
    return true;
  }
  Stream* stream = find_stream(content->stream);
  if (stream == nullptr) {
    ++foreign_;
    return true;
  }
  if (received_ == 0) driver_is_at_work();
  ++received_;
  ++stream->received;
  stream->flows[content->flow % TestFrame::flows].saw(content->sequence, stream->counts);
  count_latency(content->due_at);
  return true;
}

void Generate::driver_is_at_work() {
  first_received_at_ = ticks();
  next_due_ = std::max(next_due_, Clock::now());
}

void Generate::count_latency(uint64_t due_at) {
  if (due_at == 0 || due_at < first_received_at_) return;
  // The counters of two cores may be apart by a few ticks.
  latency_.saw(std::max(ticks(), due_at) - due_at);
}

SequenceTracker::Counts Generate::sequence_counts() const {
  SequenceTracker::Counts sum;
  for (const auto& stream : streams_) {
    sum.lost += stream.counts.lost;
    sum.out_of_order += stream.counts.out_of_order;
    sum.duplicated += stream.counts.duplicated;
  }
  return sum;
}

double Generate::ticks_per_nanosecond(Clock::time_point now) const {
  const std::chrono::duration<double, std::nano> passed = now - start_;
  const uint64_t counted = std::max<uint64_t>(ticks() - start_ticks_, 1);
  return static_cast<double>(counted) / std::max(passed.count(), 1.0);
}

std::string Generate::report() const {
  std::string streams;
  uint64_t returned = 0;
  for (const auto& stream : streams_) {
    if (stream.id == stream_) returned = stream.received - stream.counts.duplicated;
    streams += fmt::format(
        R"({}{{"stream":{},"received":{},"lost":{},"out_of_order":{},"duplicated":{}}})",
        streams.empty() ? "" : ",", stream.id, stream.received, stream.counts.lost,
        stream.counts.out_of_order, stream.counts.duplicated);
  }
  const auto counts = sequence_counts();
  return fmt::format(
      R"({{"kind":"generate","stream":{},"frame_size":{},"sent":{},"received":{},"lost":{},)"
      R"("out_of_order":{},"duplicated":{},"corrupted":{},"foreign":{},"not_returned":{},)"
      R"("given_up":{},"streams":[{}],"latency_ns":{}}})",
      stream_, frame_.bytes().size() + 4, sent_, received_, counts.lost, counts.out_of_order,
      counts.duplicated, corrupted_, foreign_, sent_ - std::min(sent_, returned), given_up_,
      streams,
      latency_.count() == 0 ? "null" : latency_.report(1 / ticks_per_nanosecond(Clock::now())));
}

}  // namespace bulkhead::model
