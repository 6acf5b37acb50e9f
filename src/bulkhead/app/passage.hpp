// One direction of a cable under test: numbered frames go in at one end and are checked at the
// other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "bulkhead/net/port.hpp"
#include "bulkhead/queue/batch.hpp"

#include "model/wires/generate.hpp"
#include "model/wires/test_frame.hpp"

namespace bulkhead::app {

class Passage {
 public:
  struct Options {
    uint64_t frames;       ///< to send in all
    uint32_t stream;       ///< tells this direction's frames from others
    uint32_t window = 64;  ///< frames on their way at a time: less than any device's buffers
  };
  struct Counts {
    uint64_t sent = 0;
    uint64_t received = 0;
    uint64_t corrupted = 0;
    uint64_t foreign = 0;  ///< frames of nobody here: none of the following counts has them
    uint64_t out_of_order = 0;
    uint64_t duplicated = 0;
  };

  /// From one port's first tx queue to the other's first rx queue, through `pool` at both ends.
  Passage(net::Port& from, net::Port& to, std::shared_ptr<queue::Pool> pool, Options options);

  /// Sends and receives what there is; false if there was nothing to do.
  bool step();
  [[nodiscard]] bool finished() const { return counts().received >= options_.frames; }
  [[nodiscard]] Counts counts() const;

 private:
  bool send();
  bool receive();
  void check(std::span<const std::byte> frame);

  Options options_;
  queue::TxQueue& tx_;
  queue::RxQueue& rx_;
  queue::Batch out_;
  queue::Batch in_;
  std::vector<model::TestFrame> frames_;  ///< one of each size
  uint64_t next_number_ = 0;
  Counts counts_;
  model::SequenceTracker::Counts order_;
  std::array<model::SequenceTracker, model::TestFrame::flows> flows_;
};

}  // namespace bulkhead::app
