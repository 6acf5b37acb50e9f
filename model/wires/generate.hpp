// A wire whose other end makes numbered frames as fast as they are taken, or at a rate, and checks
// the frames that come back: nothing lost, changed, doubled or overtaken, and how long they took.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/ticks.hpp"

#include "model/wire.hpp"
#include "model/wires/latency_histogram.hpp"
#include "model/wires/test_frame.hpp"

namespace bulkhead::model {

/// Follows the sequence numbers of one flow: what is missing, late or seen twice. It remembers the
/// last 64 numbers; what comes later than that is late, and stays lost.
class SequenceTracker {
 public:
  struct Counts {
    uint64_t lost = 0;
    uint64_t out_of_order = 0;
    uint64_t duplicated = 0;
  };

  void saw(uint64_t sequence, Counts& counts) {
    if (sequence == next_) {
      ++next_;
      seen_ = seen_ << 1U | 1U;
      return;
    }
    saw_unexpected(sequence, counts);
  }

 private:
  void saw_unexpected(uint64_t sequence, Counts& counts);

  uint64_t next_ = 0;
  uint64_t seen_ = 0;  ///< bit n: number next_ - 1 - n has been seen
};

class Generate final : public Wire {
 public:
  /// Sizes count the CRC, as the field's "64-byte frames" do; the wire carries 4 bytes less.
  static constexpr uint64_t smallest = TestFrame::smallest + 4;
  static constexpr uint64_t largest = 9728;
  static constexpr size_t max_streams = 16;

  /// `rate` in frames a second; 0: as fast as they are taken.
  Generate(uint64_t size, uint64_t rate, uint32_t stream = std::random_device{}());

  std::span<const std::byte> peek() override;
  void consume() override;
  [[nodiscard]] bool can_wait() const override { return true; }
  bool transmit(std::span<const std::byte> frame) override;
  void set_port_address(std::span<const std::byte, 6> address) override;
  [[nodiscard]] std::string report() const override;

  [[nodiscard]] uint64_t sent() const { return sent_; }
  [[nodiscard]] uint64_t received() const { return received_; }
  [[nodiscard]] uint64_t corrupted() const { return corrupted_; }
  [[nodiscard]] uint64_t foreign() const { return foreign_; }
  [[nodiscard]] SequenceTracker::Counts sequence_counts() const;
  /// From when a frame was due by its generator's rate until it came in, in ticks(): what waited
  /// behind a stall is late by the whole of it. Frames that are made as fast as they are taken are
  /// not due at any time. Nor are those counted that were due before the first one came in: they
  /// waited for a driver that was not at work yet.
  [[nodiscard]] const LatencyHistogram& latency() const { return latency_; }
  /// Frames that were due and are not sent any more, as a driver at work took none for too long.
  [[nodiscard]] uint64_t given_up() const { return given_up_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Stream {
    uint32_t id = 0;
    uint64_t received = 0;
    SequenceTracker::Counts counts;
    std::array<SequenceTracker, TestFrame::flows> flows;
  };

  /// When the next frame is due, by ticks(); nothing as long as that is in the future.
  [[nodiscard]] std::optional<uint64_t> due();
  void give_up_before(Clock::time_point time);
  void driver_is_at_work();
  Stream* find_stream(uint32_t id);
  void count_latency(uint64_t due_at);
  [[nodiscard]] double ticks_per_nanosecond(Clock::time_point now) const;

  TestFrame frame_;
  bool ready_ = false;
  std::chrono::nanoseconds interval_{0};
  /// The same moment by both clocks.
  const Clock::time_point start_ = Clock::now();
  const uint64_t start_ticks_ = ticks();
  Clock::time_point next_due_ = start_;
  uint32_t stream_;
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
  uint64_t corrupted_ = 0;
  uint64_t foreign_ = 0;
  uint64_t given_up_ = 0;
  std::vector<Stream> streams_;
  size_t last_stream_ = 0;
  uint64_t first_received_at_ = 0;  ///< by ticks()
  LatencyHistogram latency_;
};

}  // namespace bulkhead::model
