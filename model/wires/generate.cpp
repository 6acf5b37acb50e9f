#include "model/wires/generate.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bulkhead::model {

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

bool Generate::due() {
  if (interval_.count() == 0) return true;
  const auto now = Clock::now();
  if (now < next_due_) return false;
  // A receiver that stood still for long does not get all that it missed at once.
  next_due_ = std::max(next_due_ + interval_, now - std::chrono::milliseconds{10});
  return true;
}

std::span<const std::byte> Generate::peek() {
  if (ready_) return frame_.bytes();
  if (!due()) return {};
  ready_ = true;
  return frame_.make(sent_);
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
  ++received_;
  ++stream->received;
  stream->flows[content->flow % TestFrame::flows].saw(content->sequence, stream->counts);
  count_latency(content->made_at);
  return true;
}

void Generate::count_latency(uint64_t made_at) {
  const uint64_t now = ticks();
  if (received_ == 1) first_received_at_ = now;
  // The counters of two cores may be apart by a few ticks.
  if (made_at >= first_received_at_) latency_.saw(std::max(now, made_at) - made_at);
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

double Generate::nanoseconds_per_tick() const {
  const std::chrono::duration<double, std::nano> passed = Clock::now() - start_;
  return passed.count() / static_cast<double>(std::max<uint64_t>(ticks() - start_ticks_, 1));
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
      R"("streams":[{}],"latency_ns":{}}})",
      stream_, frame_.bytes().size() + 4, sent_, received_, counts.lost, counts.out_of_order,
      counts.duplicated, corrupted_, foreign_, sent_ - std::min(sent_, returned), streams,
      latency_.report(nanoseconds_per_tick()));
}

}  // namespace bulkhead::model
