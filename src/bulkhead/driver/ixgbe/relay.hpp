// Run to completion, in place: each frame is looked at once, and goes out of the very buffer that
// it came into, or is dropped.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "bulkhead/base/index.hpp"
#include "bulkhead/base/units.hpp"
#include "bulkhead/driver/ixgbe/rx_queue.hpp"
#include "bulkhead/driver/ixgbe/tx_queue.hpp"
#include "bulkhead/queue/buffers.hpp"
#include "bulkhead/queue/descriptor_ring.hpp"
#include "bulkhead/queue/device_value.hpp"
#include "bulkhead/queue/frame_ring.hpp"
#include "bulkhead/queue/queues.hpp"
#include "bulkhead/regs/window.hpp"

namespace bulkhead::ixgbe {

/// Where a frame goes: any of a relay's outputs, or none.
class To {
 public:
  static constexpr To nowhere() { return To{0}; }
  /// `number` is below the relay's outputs; there is no frame for others.
  static constexpr To output(uint32_t number) { return To{1U << number}; }
  friend constexpr To operator|(To a, To b) { return To{a.outputs_ | b.outputs_}; }
  /// 1 if the output is one of them, otherwise 0.
  [[nodiscard]] constexpr uint32_t has(uint32_t number) const { return outputs_ >> number & 1U; }

 private:
  constexpr explicit To(uint32_t outputs) : outputs_(outputs) {}
  uint32_t outputs_;
};

/// One rx ring, whose descriptors keep the buffers of their positions for ever, and the tx rings of
/// `outputs` ports that send from these buffers. There is no pool: a row of buffers goes back to
/// the receiving device when every output has sent what it got of it. An output that falls behind
/// therefore holds the input up, once it has let almost a ring of frames gather, and lets it go
/// when it sends again; one that gets no frames holds up nothing. Belongs to one thread.
/// Tails are written through `Tail`: a test counts there.
template <uint32_t outputs, class Tail = regs::Doorbell>
class Relay {
  static_assert(outputs >= 1 && outputs <= 32);

 public:
  using Ring = queue::DescriptorRing<ring_size>;
  using Position = Index<ring_size>;
  using Frames = queue::FrameRing<ring_size>;

  /// The frames' addresses are where the respective device sees the first of them.
  struct Input {
    Ring ring;
    Tail tail;
    Iova frames_at;
  };
  struct Output {
    Ring ring;
    Tail tail;
    HeadReport report;
    Iova frames_at;
  };

  /// The devices have been told of no descriptor of these rings yet.
  Relay(Frames frames, Input input, const std::array<Output, outputs>& to)
      : frames_(frames), input_(input), outputs_(to) {
    for (uint32_t i = 0; i < ring_size; ++i) post(Position::wrap(i));
  }

  /// Makes the filled rx ring known to its device.
  void start() const { input_.tail.ring(ring_size - 1); }

  /// Calls `handle` with each frame that has arrived, a std::span<std::byte> of its length, in
  /// order and for at most `limit` frames, and sends it where To says. Returns how many there were.
  template <class Handle>
  uint32_t run(Handle&& handle, uint32_t limit = intel::row_size) {
    if (in_spread_frame_) [[unlikely]] {
      drop();
      if (in_spread_frame_) return 0;
    }
    if (left_ == 0 && !open_row()) return 0;
    const uint32_t most = std::min(limit, left_);
    const uint32_t taken = relay(handle, most);
    left_ -= taken;
    seen_ += taken;
    // One bad frame a call, so that a device that writes nothing else does not keep us here.
    if (taken < most) {
      drop();
    } else if (left_ == 0) {
      end_row();
    }
    for (uint32_t i = 0; i < outputs; ++i)
      if (sent_[i] != shown_[i]) show(i);
    return taken;
  }

  /// An output's device reported a head beyond what it was given: nothing goes on any more.
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] queue::QueueCounters rx_counters() const {
    auto counters = counters_;
    counters.frames = seen_ - dropped_;
    return counters;
  }
  [[nodiscard]] uint64_t sent(uint32_t output) const { return sent_[output]; }

 private:
  static constexpr uint32_t rows = ring_size / intel::row_size;
  static constexpr uint32_t longest_frame = Frames::longest_frame;
  using Status = intel::RxStatus<RxDescriptors>;
  static Position position(uint64_t count) { return Position::wrap(static_cast<uint32_t>(count)); }

  template <class Handle>
  uint32_t relay(Handle& handle, uint32_t most);
  void post(Position at) const {
    input_.ring[at].store(input_.frames_at.value() + Frames::offset(at), 0);
  }
  void show(uint32_t output);
  bool open_row();
  void end_row();
  std::optional<bool> free_rows();
  void drop();

  Frames frames_;
  Input input_;
  std::array<Output, outputs> outputs_;
  // Counts since the start; their low bits are positions.
  uint64_t seen_ = 0;                      ///< descriptors of the input that we are done with
  uint64_t freed_ = 0;                     ///< of these, those whose buffers all outputs have sent
  uint32_t left_ = 0;                      ///< what may be looked at, up to the row's end
  bool in_spread_frame_ = false;           ///< the rest of a frame over several buffers is to come
  bool stopped_ = false;                   ///< an output reported what cannot be
  uint64_t dropped_ = 0;                   ///< of seen_, those that were of no use
  std::array<uint64_t, outputs> sent_{};   ///< descriptors that were filled
  std::array<uint64_t, outputs> shown_{};  ///< what the device was told of them
  std::array<uint64_t, outputs> done_{};   ///< what the device reported
  /// What had been sent when a row of the input ended.
  std::array<std::array<uint64_t, rows>, outputs> sent_at_end_{};
  std::array<uint32_t, outputs> last_length_{};  ///< of the frame that was sent last
  queue::QueueCounters counters_;
};

template <uint32_t outputs, class Tail>
template <class Handle>
[[gnu::always_inline]] inline uint32_t Relay<outputs, Tail>::relay(Handle& handle, uint32_t most) {
  // Copies, so that the loop has them in registers: the compiler must assume that a store to a ring
  // changes any member.
  const auto to = outputs_;
  auto sent = sent_;
  auto last_length = last_length_;
  const Position first = position(seen_);
  uint64_t offset = Frames::offset(first);
  const uint64_t frames_at = input_.frames_at.value();
  const auto buffers = frames_.row(first, most);
  auto frame = buffers.begin();
#pragma GCC unroll 4
  for (queue::Descriptor& descriptor : input_.ring.row(first, most)) {
    const auto longer = queue::DeviceValue{Status::of(descriptor)}.above(
        Status::good | queue::shortest_frame, longest_frame - queue::shortest_frame);
    if (!longer) break;
    const uint32_t length = queue::shortest_frame + static_cast<uint32_t>(*longer);
    const To where = handle(std::span<std::byte>{frame->bytes}.first(length));
    for (uint32_t i = 0; i < outputs; ++i) {
      // Filled in any case, and kept if the frame goes there: no branch to be guessed.
      to[i].ring[position(sent[i])].store(to[i].frames_at.value() + offset,
                                          tx_descriptor::frame(length));
      last_length[i] = where.has(i) != 0 ? length : last_length[i];
      sent[i] += where.has(i);
    }
    descriptor.store(frames_at + offset, 0);
    offset += sizeof(typename Frames::Buffer);
    ++frame;
  }
  sent_ = sent;
  last_length_ = last_length;
  return static_cast<uint32_t>(frame - buffers.begin());
}

/// Whether the next row may be looked at: its buffers are no longer an output's, and the outputs'
/// rings have room for all of it.
template <uint32_t outputs, class Tail>
[[gnu::noinline]] bool Relay<outputs, Tail>::open_row() {
  if (stopped_) return false;
  const auto freed = free_rows();
  if (!freed) return false;
  if (*freed)
    // RDT is the descriptor behind the last one that the device may use: one stays unused, so that
    // a full ring and an empty one differ.
    input_.tail.ring((position(freed_) + (ring_size - 1)).value());
  if (seen_ - freed_ > ring_size - 2 * intel::row_size) return false;
  left_ = intel::row_size;
  return true;
}

template <uint32_t outputs, class Tail>
void Relay<outputs, Tail>::end_row() {
  for (uint32_t i = 0; i < outputs; ++i)
    sent_at_end_[i][(seen_ / intel::row_size - 1) % rows] = sent_[i];
}

/// Rings an output's doorbell. The last descriptor asks for a report: whether more will follow
/// before the row's buffers are wanted back is not known.
template <uint32_t outputs, class Tail>
void Relay<outputs, Tail>::show(uint32_t output) {
  const Position last = position(sent_[output] - 1);
  outputs_[output].ring[last].store_high(tx_descriptor::frame(last_length_[output]) |
                                         tx_descriptor::RS);
  outputs_[output].tail.ring((last + 1).value());
  shown_[output] = sent_[output];
}

/// Looks how far the outputs have got: whether a row's buffers became free. None if one lies: the
/// relay stops, and believes no further report, as the next lie may keep within its bounds.
template <uint32_t outputs, class Tail>
std::optional<bool> Relay<outputs, Tail>::free_rows() {
  for (uint32_t i = 0; i < outputs; ++i) {
    const auto done = outputs_[i].report.done(outputs_[i].ring, position(done_[i]),
                                              static_cast<uint32_t>(shown_[i] - done_[i]));
    if (!done) [[unlikely]] {
      // A report beyond what was sent would free buffers that the device still reads.
      stopped_ = true;
      return std::nullopt;
    }
    done_[i] += *done;
  }
  const uint64_t before = freed_;
  const auto is_free = [&](uint64_t row) {
    for (uint32_t i = 0; i < outputs; ++i)
      if (done_[i] < sent_at_end_[i][row % rows]) return false;
    return true;
  };
  while (freed_ + intel::row_size <= seen_ && is_free(freed_ / intel::row_size))
    freed_ += intel::row_size;
  return freed_ != before;
}

/// If a frame is there that is of no use, counts it and posts its buffers again, up to the row's
/// end.
template <uint32_t outputs, class Tail>
[[gnu::cold]] void Relay<outputs, Tail>::drop() {
  do {
    if (left_ == 0 && !open_row()) return;
    const uint64_t status = Status::of(input_.ring[position(seen_)]);
    if (!Status::is_done(status)) return;
    if (in_spread_frame_) {
      // Counted at its first descriptor.
    } else if ((status & (Status::good | Status::errors)) != Status::good) {
      ++counters_.bad_frame;
    } else if (queue::DeviceValue{status}.above(Status::good | queue::shortest_frame,
                                                longest_frame - queue::shortest_frame)) {
      return;  // it has come in the meantime, and is a good one
    } else {
      ++counters_.bad_length;
    }
    in_spread_frame_ = (status & Status::EOP) == 0;
    post(position(seen_));
    ++dropped_;
    ++seen_;
    --left_;
    if (left_ == 0) {
      end_row();
      return;
    }
  } while (in_spread_frame_);
}

}  // namespace bulkhead::ixgbe
